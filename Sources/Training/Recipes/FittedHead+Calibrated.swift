import Domain
import Foundation

extension FittedHead {
    /// The head with its scores divided by the temperature at which its probabilities for the held-out photos mean what they
    /// say. It gives the same answers.
    /// - Parameter poll: called before each look at all of them; what it throws ends the search.
    public func calibrated(poll: () throws -> Void) rethrows -> FittedHead {
        guard let held = heldOut, !held.photos.isEmpty else { return self }
        // Scores but for a constant a photo, which changes nothing.
        let scores = held.uncalibrated.map { log(max($0, .leastNormalMagnitude)) }
        let temperature = try Temperature(
            scores: scores, classes: held.classes, classCount: held.labelCount, isCautious: true, poll: poll
        ).value
        let scale = Float(1 / temperature)
        let calibrated = HeldOutPredictions(
            photos: held.photos, classes: held.classes, scores: scores.map { $0 * scale }, uncalibrated: scores,
            folds: held.folds, labelCount: held.labelCount)
        let note =
            "Scores are divided by \(temperature.shortened), so that the probabilities of the validation photos mean what they say."
        return FittedHead(
            head: head.cooled(by: temperature), uncalibrated: head, notes: notes + [note], selection: selection,
            trials: trials,
            validation: validation.map { _ in
                Metrics(
                    probabilities: calibrated.probabilities, classes: calibrated.classes,
                    classCount: calibrated.labelCount)
            }, heldOut: calibrated)
    }
}

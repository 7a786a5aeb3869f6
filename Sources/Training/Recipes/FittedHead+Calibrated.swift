import Domain
import Foundation

extension FittedHead {
    /// The head with its scores divided by the temperature at which its probabilities for the held-out photos mean what they
    /// say. It gives the same answers.
    public func calibrated() -> FittedHead {
        guard let held = heldOut, !held.photos.isEmpty else { return self }
        // Scores but for a constant a photo, which changes nothing.
        let scores = held.uncalibrated.map { log(max($0, .leastNormalMagnitude)) }
        let temperature = Temperature(
            scores: scores, classes: held.classes, classCount: held.labelCount, isCautious: true, poll: {}
        ).value
        let scale = Float(1 / temperature)
        let calibrated = HeldOutPredictions(
            photos: held.photos, classes: held.classes, scores: scores.map { $0 * scale }, uncalibrated: scores,
            folds: held.folds, labelCount: held.labelCount)
        let head = Head(
            labels: head.labels, transform: head.transform, featureCount: head.featureCount,
            weights: head.weights.map { $0 * scale }, biases: head.biases.map { $0 * scale })
        let note =
            "Scores are divided by \(temperature.shortened), so that the probabilities of the validation photos mean what they say."
        return FittedHead(
            head: head, notes: notes + [note],
            validation: validation.map { _ in
                Metrics(
                    probabilities: calibrated.probabilities, classes: calibrated.classes,
                    classCount: calibrated.labelCount)
            }, heldOut: calibrated)
    }
}

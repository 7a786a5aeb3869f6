import Domain
import Workers

/// What heads say of photos that they have not seen, for every photo of a dataset: each fold is predicted by a head that was
/// fitted on the others, with the settings that recipe `auto` chooses.
struct OutOfFold: Sendable {
    /// Of each photo; nil where nothing can be held out, since its class has no other picture to be learnt from.
    let opinions: [Opinion?]
    /// Of each photo, the class that it likely is instead of its own, by confident learning; nil where there is none.
    let likely: [Int?]

    /// - Parameter set: all photos to train on, and none in another split.
    init(_ set: TrainingSet, seed: UInt64, pool: WorkerPool) async throws {
        guard var choice = try await Self.choice(set, seed, pool),
            let known = choice.heldOut
        else {
            self.init(classes: set.train.classes, [], labelCount: set.labels.count)
            return
        }
        let folds = Folds(
            classes: set.train.classes, groups: set.groups, wanted: set.train.count > 500 ? 3 : 5, seed: seed)
        if known.photos.count == folds.foldOf.count(where: { $0 != nil }) {
            self.init(classes: set.train.classes, [known], labelCount: set.labels.count)
            return
        }
        // Chosen on a part of the photos: the rest is predicted now. The head that a fit would start from has seen them.
        choice.start = nil
        let settings = choice
        let parts = try await withThrowingTaskGroup(of: HeldOutPredictions.self) { group in
            for fold in 0..<folds.count {
                group.addTask {
                    try await pool.run { try Self.predict(set, folds, fold, settings, $0) }
                }
            }
            // They come in the order of finishing; sums over them must not depend on it.
            return try await group.reduce(into: []) { $0.append($1) }.sorted {
                ($0.folds.first ?? 0) < ($1.folds.first ?? 0)
            }
        }
        self.init(classes: set.train.classes, parts, labelCount: set.labels.count)
    }

    /// - Returns: nil where there is nothing to tell apart, or to tell it by.
    private static func choice(
        _ set: TrainingSet, _ seed: UInt64, _ pool: WorkerPool
    ) async throws -> CrossValidation.Choice? {
        guard Set(set.train.classes).count > 1 else { return nil }
        // Wrong labels make strong penalties look good, and these see fewer of the wrong labels.
        do {
            return try await CrossValidation(set, seed: seed, pool: pool).choose(penaltyBelow: strongestPenalty)
        } catch is RegraftError {
            return nil
        }
    }

    private static let strongestPenalty = 0.01

    private static func predict(
        _ set: TrainingSet, _ folds: Folds, _ fold: Int, _ choice: CrossValidation.Choice,
        _ cancellation: CancellationFlag
    ) throws -> HeldOutPredictions {
        let held = folds.held(in: fold)
        let head = try choice.fit(set, set.train.selecting(folds.fitted(without: fold)), cancellation).head
        let examples = set.train.selecting(held)
        let probabilities = head.probabilities(examples.features)
        return HeldOutPredictions(
            photos: held, classes: examples.classes, probabilities: probabilities, uncalibrated: probabilities,
            folds: held.map { _ in fold }, labelCount: set.labels.count)
    }

    private init(classes: [Int], _ parts: [HeldOutPredictions], labelCount: Int) {
        let confidence = SelfConfidence(parts, labelCount: labelCount)
        var opinions = [Opinion?](repeating: nil, count: classes.count)
        var likely = [Int?](repeating: nil, count: classes.count)
        for part in parts {
            for (row, photo) in part.photos.enumerated() where part[row].allSatisfy(\.isFinite) {
                opinions[photo] = Opinion(part[row], given: classes[photo])
                likely[photo] = confidence.likelyClass(part[row], given: classes[photo])
            }
        }
        (self.opinions, self.likely) = (opinions, likely)
    }
}

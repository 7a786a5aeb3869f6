import Domain
public import Workers

/// The best linear head for the photos at hand: multinomial logistic regression, its feature transform, L2 penalty and
/// class weights chosen by stratified cross-validation on train and validation photos. The test photos play no part.
public struct AutoRecipe: Sendable {
    private let pool: WorkerPool
    private let seed: UInt64

    /// - Parameter pool: runs the fits of the cross-validation side by side. The result does not depend on its width.
    public init(pool: WorkerPool, seed: UInt64) {
        self.pool = pool
        self.seed = seed
    }

    /// Fits a head.
    /// - Parameter observe: called at each step of a fit on the train photos alone, so that the validation curve means
    ///   something; the head that is returned is fitted on both.
    /// - Throws: `CancellationError`, and what the closure throws.
    public func fit(
        _ set: TrainingSet, observe: @escaping @Sendable (TrainingStep) throws -> Void
    ) async throws -> FittedHead {
        let choice = try await CrossValidation(set, seed: seed, pool: pool).choose()
        return try await pool.run { cancellation in
            var curve = Curve(set)
            let train = set.stacked(includingValidation: false)
            let trained = try SoftmaxRegression(
                train, labels: set.labels, transform: choice.transform, poll: cancellation.check)
            _ = try trained.fit(
                along: choice.relativePenalties.map { $0 * trained.spread },
                classWeights: choice.weighting.weights(train.classes, classCount: set.labels.count),
                poll: cancellation.check
            ) { number, head, value in
                try observe(curve.step(number, head(), value))
            }
            let all = set.stacked(includingValidation: true)
            let full = try SoftmaxRegression(
                all, labels: set.labels, transform: choice.transform, poll: cancellation.check)
            let head = try full.fit(
                along: choice.relativePenalties.map { $0 * full.spread },
                classWeights: choice.weighting.weights(all.classes, classCount: set.labels.count),
                poll: cancellation.check
            ) { _, _, _ in }
            return FittedHead(
                head: head.cooled(by: choice.temperature), notes: [choice.note], validation: curve.lastValidation)
        }
    }

    private struct Curve {
        let set: TrainingSet
        var lastValidation: Metrics?

        init(_ set: TrainingSet) { self.set = set }

        mutating func step(_ number: Int, _ head: Head, _ value: SoftmaxProblem.Value) -> TrainingStep {
            if set.validation.count > 0 {
                lastValidation = Metrics(
                    probabilities: head.probabilities(set.validation.features), classes: set.validation.classes,
                    classCount: set.labels.count)
            }
            let train = Metrics(
                accuracy: min(1, value.accuracy), crossEntropy: value.crossEntropy, count: set.train.count)
            return TrainingStep(
                number: number, total: nil, train: train, validation: lastValidation, head: { head })
        }
    }
}

extension TrainingSet {
    /// All rows that a fit may use: train photos, their distorted views, then validation photos.
    func stacked(includingValidation: Bool) -> Examples {
        var rows = train
        for view in views {
            for index in train.classes.indices { rows.features.append(view[index]) }
            rows.classes += train.classes
        }
        if includingValidation {
            for index in validation.classes.indices { rows.features.append(validation.features[index]) }
            rows.classes += validation.classes
        }
        return rows
    }
}

/// How much the photos of each class count.
public enum ClassWeighting: String, Sendable, CaseIterable {
    /// Every photo alike.
    case photos
    /// Every class alike, so that one with few photos is not overlooked.
    case classes

    func weights(_ classes: [Int], classCount: Int) -> [Float] {
        guard self == .classes else { return Array(repeating: 1, count: classCount) }
        var counts = [Int](repeating: 0, count: classCount)
        for index in classes { counts[index] += 1 }
        return counts.map { $0 > 0 ? Float(classes.count) / Float(classCount * $0) : 0 }
    }
}

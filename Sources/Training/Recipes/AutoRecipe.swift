public import Domain
public import Workers

/// The best linear head for the photos at hand: a blend of multinomial logistic regression and linear discriminant analysis
/// whose feature transform, penalties and class weights are chosen by stratified cross-validation on train and validation
/// photos. The test photos play no part.
public struct AutoRecipe: Sendable {
    private let pool: WorkerPool
    private let seed: UInt64

    /// - Parameter pool: runs the fits of the cross-validation side by side. The result does not depend on its width.
    public init(pool: WorkerPool, seed: UInt64) {
        self.pool = pool
        self.seed = seed
    }

    /// Fits a head.
    /// - Parameters:
    ///   - progress: called while the settings are chosen, from any thread.
    ///   - observe: called at each step of the logistic regression on the train photos alone, so that the validation
    ///     curve means something, and once more when it has been blended and calibrated; the head that is returned is fitted in the
    ///     same way on both.
    /// - Throws: `CancellationError`, and what the closure throws.
    public func fit(
        _ set: TrainingSet, progress: @escaping FitProgress = { _, _, _ in },
        observe: @escaping @Sendable (TrainingStep) throws -> Void
    ) async throws -> FittedHead {
        let (choice, set, trial) = try await chooseViews(set, progress)
        async let validation = pool.run { cancellation in
            var last = 0
            let head = try choice.fit(set, set.stacked(includingValidation: false), cancellation, isStartedAnew: true) {
                last = $0
                try observe(TrainingStep(number: $0, set, head: $1(), value: $2))
            }.head
            let step = TrainingStep(
                number: last + 1, total: nil, train: Metrics(head, on: set.train),
                validation: set.validation.count > 0 ? Metrics(head, on: set.validation) : nil, head: { head })
            try observe(step)
            return step.validation
        }
        async let fitted = pool.run { cancellation in
            try choice.fit(set, set.stacked(includingValidation: true), cancellation)
        }
        return try await FittedHead(
            head: fitted.head, uncalibrated: choice.heldOut == nil ? nil : fitted.uncalibrated,
            notes: [choice.selection?.note ?? Self.untriedNote],
            selection: choice.selection,
            validation: validation, heldOut: choice.heldOut
        ).adding(trial)
    }

    private static let untriedNote =
        "No class has two photos to learn from that do not look alike, so nothing could be held out to choose by: the settings are "
        + "those that are mostly best."

    /// Leaves distorted views out where the head is better without them.
    private func chooseViews(
        _ set: TrainingSet, _ progress: @escaping FitProgress
    ) async throws -> (CrossValidation.Choice, TrainingSet, SettingTrial?) {
        let choice = try await CrossValidation(set, seed: seed, pool: pool).choose(progress: progress)
        guard !set.views.isEmpty else { return (choice, set, nil) }
        let plain = try await CrossValidation(set.withoutViews, seed: seed, pool: pool).choose(progress: progress)
        guard let losses = PairedLosses(choice.heldOut, plain.heldOut) else { return (choice, set, nil) }
        let trial = losses.viewsTrial(areKept: false)
        return losses.judgement == .secondIsBetter ? (plain, set.withoutViews, trial) : (choice, set, trial)
    }

    /// Whether photos that were cropped are recognised at least as well as the same ones squashed, by cross-validation.
    public func chooseFit(
        cropped: TrainingSet, squashed: TrainingSet, progress: @escaping FitProgress = { _, _, _ in }
    ) async throws -> FitChoice {
        let first = try await CrossValidation(cropped.withoutViews, seed: seed, pool: pool).choose(progress: progress)
        let second = try await CrossValidation(squashed.withoutViews, seed: seed, pool: pool).choose(progress: progress)
        guard let losses = PairedLosses(first.heldOut, second.heldOut) else { return FitChoice(mode: .crop) }
        return FitChoice(mode: losses.judgement == .secondIsBetter ? .squash : .crop, trial: losses.fitTrial())
    }
}

/// How photos become square, where nobody has said it.
public struct FitChoice: Sendable {
    public let mode: FitMode
    /// Nil where there was nothing to choose by.
    public let trial: SettingTrial?

    public init(mode: FitMode, trial: SettingTrial? = nil) {
        self.mode = mode
        self.trial = trial
    }
}

extension CrossValidation.Choice {
    /// Fits both parts on all rows.
    /// - Returns: them blended, and added up as they came.
    /// - Parameters:
    ///   - isStartedAnew: whether the regression begins at nothing, so that its curve shows how it learns.
    ///   - observe: called at each step of the regression.
    func fit(
        _ set: TrainingSet, _ rows: Examples, _ cancellation: CancellationFlag, isStartedAnew: Bool = false,
        observe: (Int, () -> Head, SoftmaxProblem.Value) throws -> Void = { _, _, _ in }
    ) throws -> (head: Head, uncalibrated: Head) {
        let space = try FeatureSpace(rows, labels: set.labels, transform: transform, poll: cancellation.check)
        let gram = try space.gram(poll: cancellation.check)
        let regression = try SoftmaxRegression(space, gram: gram, poll: cancellation.check)
        let scale = regression.spread / Double(max(rows.count, 1))
        let known = isStartedAnew ? nil : start.flatMap(space.parameters)
        let fits = try regression.fits(
            rows: nil,  // One that is stronger leads to it; from further away it takes longer.
            penalties: penalties.suffix(known == nil ? 2 : 1).map { $0 * scale },
            classWeights: weighting.weights(rows.classes, classCount: set.labels.count),
            start: known.map { regression.near($0) }, search: isStartedAnew ? .toCompare : .toTheEnd,
            approach: .toTheNext, poll: cancellation.check, observe: observe)
        let discriminant = shrinkage.flatMap {
            DiscriminantAnalysis(space, rows: nil, gram: gram).fit(shrinkage: $0)
        }
        func head(_ blend: CrossValidation.Blend) -> Head {
            var discriminant = discriminant
            if blend.prior != 0, let parameters = discriminant {
                var biases = Array(parameters.suffix(set.labels.count))
                ClassPriors(rows.classes, classCount: set.labels.count).add(to: &biases, scaledBy: blend.prior)
                discriminant?.replaceSubrange((parameters.count - biases.count)..., with: biases)
            }
            return space.head(blend.apply(fits.last?.parameters ?? [], discriminant))
        }
        return (head(blend), head(blend.uncalibrated))
    }
}

extension TrainingStep {
    fileprivate init(number: Int, _ set: TrainingSet, head: Head, value: SoftmaxProblem.Value) {
        self.init(
            number: number, total: nil,
            train: Metrics(accuracy: value.accuracy, crossEntropy: value.crossEntropy, count: set.train.count),
            validation: set.validation.count > 0 ? Metrics(head, on: set.validation) : nil, head: { head })
    }
}

extension Metrics {
    fileprivate init(_ head: Head, on examples: Examples) {
        self.init(
            probabilities: head.probabilities(examples.features), classes: examples.classes,
            classCount: head.labels.count)
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

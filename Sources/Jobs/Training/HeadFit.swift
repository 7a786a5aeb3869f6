public import Domain
import Synchronization
public import Training
public import Workers

/// Fits a head by the recipe that the options name.
public struct HeadFit: Sendable {
    private let options: TrainingOptions
    private let pool: WorkerPool
    private let checkpointInterval: Int

    /// - Parameter checkpointInterval: steps between two calls of `checkpoint`; 0 for none.
    public init(_ options: TrainingOptions, pool: WorkerPool, checkpointInterval: Int = 0) {
        self.options = options
        self.pool = pool
        self.checkpointInterval = checkpointInterval
    }

    /// - Parameters:
    ///   - observe: called with the points of the curves, as many as the options ask for, and always with the last.
    ///   - progress: called from any thread while there is no curve to show.
    ///   - checkpoint: called with the head as it is at some steps.
    /// - Throws: `RegraftError` (`diverged`), `CancellationError`, and what the closures throw.
    public func run(
        _ set: TrainingSet, observe: @escaping @Sendable (TrainingStep) -> Void,
        progress: @escaping FitProgress = { _, _, _ in },
        checkpoint: @escaping @Sendable (Int, Head) throws -> Void = { _, _ in }
    ) async throws -> FittedHead {
        let fitted: FittedHead
        switch options.recipe {
        case .auto: fitted = try await auto(set, observe, progress, checkpoint)
        case .retrain:
            let recipe = RetrainRecipe(settings)
            fitted = try await pool.run { cancellation in
                let fitted = try recipe.fit(
                    set, cancellation: cancellation, observe: observe, checkpoint: checkpoint)
                try Self.check(fitted)
                let calibrated = try fitted.calibrated(poll: cancellation.check)
                return set.views.isEmpty
                    ? calibrated : try recipe.comparing(calibrated, set, cancellation, progress: progress)
            }
        }
        try Self.check(fitted)
        return fitted
    }

    private static func check(_ fitted: FittedHead) throws {
        guard (fitted.head.weights + fitted.head.biases).allSatisfy({ abs($0) < Self.largestWeight }) else {
            throw RegraftError(
                "diverged", "The training has diverged: its weights are no finite numbers. Use a lower learning rate.")
        }
    }

    /// Scores that are sums of thousands of products of such weights are finite still.
    private static let largestWeight: Float = 1e18

    private func auto(
        _ set: TrainingSet, _ observe: @escaping @Sendable (TrainingStep) -> Void,
        _ progress: @escaping FitProgress, _ checkpoint: @escaping @Sendable (Int, Head) throws -> Void
    ) async throws -> FittedHead {
        let last = LastStep()
        let (interval, checkpointInterval) = (options.evaluationInterval, checkpointInterval)
        let fitted = try await AutoRecipe(pool: pool, seed: options.seed).fit(set, progress: progress) { step in
            if step.number % interval == 0 { observe(step) }
            last.set(step)
            if checkpointInterval > 0, step.number > 0, step.number % checkpointInterval == 0 {
                try checkpoint(step.number, step.head())
            }
        }
        // How many steps it takes is not known before.
        if let step = last.value, step.number % interval != 0 { try await pool.run { _ in observe(step) } }
        return fitted
    }

    private var settings: RetrainRecipe.Settings {
        var settings = RetrainRecipe.Settings()
        settings.steps = options.steps
        settings.learningRate = options.learningRate
        settings.trainBatchSize = options.trainBatchSize
        settings.validationBatchSize = options.validationBatchSize
        settings.evaluationInterval = options.evaluationInterval
        settings.checkpointInterval = checkpointInterval
        settings.seed = options.seed
        return settings
    }
}

/// The last step that was seen, which a worker writes and a task reads.
private final class LastStep: Sendable {
    private let step = Mutex<TrainingStep?>(nil)
    var value: TrainingStep? { step.withLock { $0 } }
    func set(_ new: TrainingStep) { step.withLock { $0 = new } }
}

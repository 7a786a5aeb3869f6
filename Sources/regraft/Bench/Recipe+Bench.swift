import Domain
import Jobs
import Training
import Workers

extension TrainingOptions.Recipe {
    /// Fits a head with the recipe's own settings, and draws no curve.
    func fit(_ set: TrainingSet, seed: UInt64, _ pool: WorkerPool) async throws -> Head {
        var options = TrainingOptions()
        options.recipe = self
        options.seed = seed
        options.evaluationInterval = options.steps
        return try await HeadFit(options, pool: pool).run(set) { _ in }.head
    }
}

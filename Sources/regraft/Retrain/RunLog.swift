import Jobs
import Synchronization
import Training
import Workers

/// TensorBoard's log of a run, as soon as there is one.
final class RunLog: Sendable {
    private let pool: WorkerPool
    private let log = Mutex<TrainingLog?>(nil)

    init(_ pool: WorkerPool) { self.pool = pool }

    var current: TrainingLog? { log.withLock { $0 } }

    func begin(_ new: TrainingLog?) { log.withLock { $0 = new } }

    /// Says that nothing has come of the run.
    func fail() async {
        guard let log = current else { return }
        // In a task of its own, since one that is cancelled gets no thread from a pool.
        await Task.detached { [pool] in _ = try? await pool.run { _ in log.fail() } }.value
    }
}

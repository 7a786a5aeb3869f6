import Domain
public import Formats
public import Foundation
public import Inference
public import Logging
import Synchronization
import Workers

/// What TensorBoard shows of a server's trainings: `<folder>/<job>/{train,validation}`, so that `tensorboard --logdir` with the
/// folder shows all of them, also those that go on.
public final class JobLogs: Sendable {
    /// Holds nothing but a folder a training job, named like it.
    public let folder: URL
    let log: Logger
    let graph: GraphMaker
    /// For what is written when a model answers already: as slow as need be.
    let pool = WorkerPool(name: "logs", width: 1, niceness: 19)
    /// For the few numbers that are written before that.
    private let briefPool = WorkerPool(name: "logs' ends", width: 1)
    private let endings = Mutex<[JobID: Task<Void, Never>]>([:])

    /// So many trainings wait for their pictures; of one more there are none. Each holds its bottlenecks until then.
    private static let waitingEndings = 4

    /// Makes a serialized GraphDef of a model, which is best without weights; nil where there is none to be.
    public typealias GraphMaker = @Sendable (HeadBundle, Backbone) throws -> Data?

    public init(folder: URL, log: Logger, graph: @escaping GraphMaker = ModelGraph.data) {
        self.folder = folder
        self.log = log
        self.graph = graph
    }

    func folder(of job: JobID) -> URL { folder.appendingPathComponent(job.text) }

    /// Writes something beside all else, after the job is over.
    /// - Parameters:
    ///   - brief: written at once, also where the server stops: without it the job would look for ever as if it went on.
    ///   - rest: not called where too many others wait, or where the server stops.
    func end(
        _ job: JobID, brief: @escaping @Sendable () -> Void, rest: @escaping @Sendable (CancellationFlag) -> Void
    ) {
        endings.withLock { endings in
            let hasRoom = endings.count < Self.waitingEndings
            if !hasRoom {
                log.warning("a job's log has no pictures: others wait for theirs", metadata: ["job": "\(job)"])
            }
            endings[job] = Task { [pool, briefPool] in
                // In a task of its own, which nobody cancels: one that is cancelled gets no thread from a pool.
                await Task.detached { _ = try? await briefPool.run { _ in brief() } }.value
                if hasRoom { _ = try? await pool.run { rest($0) } }
                self.endings.withLock { $0[job] = nil }
            }
        }
    }

    /// Waits until the logs of all jobs that are over are whole.
    public func written() async {
        while let task = endings.withLock({ $0.values.first }) { await task.value }
    }

    /// Ends what is being written, since the server stops; what there is can be read, and says that the job is over.
    func stop() async {
        for task in endings.withLock({ Array($0.values) }) { task.cancel() }
        await written()
    }
}

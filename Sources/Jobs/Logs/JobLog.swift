import Domain
import Foundation
import Storage
import Synchronization
import Training

/// The log of one attempt of a training job. Where there is to be none, or it cannot be written, calls do nothing.
final class JobLog: Sendable {
    private let environment: JobEnvironment
    private let running: RunningJob
    private let log = Mutex<TrainingLog?>(nil)
    private var current: TrainingLog? { log.withLock { $0 } }

    init(_ environment: JobEnvironment, _ running: RunningJob) {
        self.environment = environment
        self.running = running
    }

    /// Begins it, in the place of what an earlier attempt has left.
    func begin(_ set: TrainingSet, _ specification: TrainSpecification, _ fit: FitMode) async throws {
        guard let logs = environment.logs else { return }
        let (environment, running) = (environment, running)
        let hyperparameters = specification.options.hyperparameters(
            dataset: specification.dataset.text, backbone: specification.backbone, fit: fit)
        let new = try await environment.fitPool.run { _ in
            do { try FolderTree(running.job.id.text, in: logs.folder).remove() } catch {
                running.warn(
                    "log", "TensorBoard's log of an earlier attempt cannot be removed: \(error.localizedDescription)")
            }
            return TrainingLog(
                in: logs.folder(of: running.job.id), name: "\(logs.folder.lastPathComponent)/\(running.job.id)", set,
                hyperparameters,
                interval: specification.options.evaluationInterval, attempt: running.job.attempt, room: environment.room
            ) { reason in
                // Watchers are gone when a job is over.
                running.warn("log", reason)
                logs.log.warning(
                    "a job's log ends early", metadata: ["job": "\(running.job.id)", "error": "\(reason)"])
            }
        }
        log.withLock { $0 = new }
    }

    func step(_ step: TrainingStep) { current?.step(step) }

    /// Says that nothing has come of it.
    func fail() async {
        guard let log = current else { return }
        // On a thread of its own, since a task that is cancelled gets none from a pool.
        await Task.detached { [pool = environment.fitPool] in _ = try? await pool.run { _ in log.fail() } }.value
    }

    /// Writes the rest when the job is over, without anybody waiting for it.
    /// - Parameter photos: of the test examples, in their order.
    func finish(_ trained: TrainedHead, photos: [PhotoDigest]) {
        guard let log = current, let logs = environment.logs else { return }
        let (blobs, limits) = (environment.blobs, environment.imageLimits)
        logs.end(running.job.id) {
            log.finishBriefly(trained.source)
        } rest: { cancellation in
            log.addPictures(
                trained.source, tested: trained.source.set.test, limits: limits,
                graph: { try logs.graph(trained.bundle, trained.backbone) }, poll: cancellation.check
            ) { photo in
                try LabelledPhotos.read(photos[photo], blobs)
            }
        }
    }
}

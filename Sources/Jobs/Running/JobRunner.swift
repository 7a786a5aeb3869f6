public import Domain
import Foundation
public import Logging
public import ServiceLifecycle
import Storage
import Synchronization

/// Runs queued jobs: so many ingests and so many trainings at a time, each in its own lane, so that an upload does not wait
/// behind a long training.
///
/// A job that is being run has a lease, renewed every 5 s and good for 30. When the server is asked to stop, running jobs are
/// given back to the queue; bottlenecks that were computed are kept, so that they go on about where they were.
public final class JobRunner: Service {
    private let environment: JobEnvironment
    private let trainingWidth: Int
    private let ingestWidth: Int
    private let log: Logger
    private let ended: @Sendable (Job) -> Void
    private let state = Mutex(State())

    private struct State {
        var running: [JobID: Run] = [:]
        var wakers: [AsyncStream<Void>.Continuation] = []
        var isStopping = false
    }

    private struct Run {
        let task: Task<Void, any Error>
        let job: RunningJob
        /// Whether somebody has asked for its end, as opposed to the server's.
        var isCancelled = false
    }

    private static let heartbeat = Duration.seconds(5)

    /// - Parameter ended: told of each job that is over; must not block.
    public init(
        _ environment: JobEnvironment, trainings: Int = 1, ingests: Int = 2, log: Logger,
        ended: @escaping @Sendable (Job) -> Void = { _ in }
    ) {
        self.environment = environment
        trainingWidth = trainings
        ingestWidth = ingests
        self.log = log
        self.ended = ended
    }

    /// Looks for work now rather than in a second.
    public func wake() {
        for waker in state.withLock({ $0.wakers }) { waker.yield() }
    }

    /// Ends a job at once where it is running here; the catalog must know of it before, so that a job that is only about to run
    /// finds it there.
    public func cancel(_ job: JobID) {
        let task = state.withLock { state in
            state.running[job]?.isCancelled = true
            return state.running[job]?.task
        }
        task?.cancel()
    }

    /// How far a job is that runs here.
    package func numbers(of job: JobID) -> (JobProgress, JobMetrics)? {
        state.withLock { $0.running[job]?.job }.map { ($0.progress, $0.metrics) }
    }

    public var runningCount: Int { state.withLock { $0.running.count } }

    /// Runs jobs until a graceful shutdown, or until cancelled.
    public func run() async throws {
        await withTaskCancellationOrGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.environment.hub.run() }
                await withTaskGroup(of: Void.self) { lanes in
                    for _ in 0..<trainingWidth { lanes.addTask { await self.lane(.train) } }
                    for _ in 0..<ingestWidth { lanes.addTask { await self.lane(.ingest) } }
                }
                group.cancelAll()
            }
            await environment.logs?.stop()
            await environment.hub.flush()
        } onCancelOrGracefulShutdown: {
            self.stop()
        }
    }

    private func stop() {
        let (tasks, wakers) = state.withLock { state in
            state.isStopping = true
            return (state.running.values.map(\.task), state.wakers)
        }
        for task in tasks { task.cancel() }
        for waker in wakers { waker.finish() }
    }

    private func lane(_ kind: Job.Kind) async {
        let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let isStopping = state.withLock { state in
            state.wakers.append(waker)
            return state.isStopping
        }
        if isStopping { return }
        let timer = Task {
            // For work that is queued by whoever does not wake us.
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                waker.yield()
            }
        }
        defer { timer.cancel() }
        waker.yield()
        for await _ in wakes {
            while !state.withLock({ $0.isStopping }) {
                do {
                    guard
                        let (job, lease) = try await environment.catalog.claim(
                            kind, lease: RunningJob.leaseDuration, at: .now, ended: ended)
                    else { break }
                    await perform(job, lease)
                } catch {
                    log.error("no job could be claimed", metadata: ["error": "\(error)"])
                    break
                }
            }
        }
    }

    /// Runs one job to its end, whatever that is.
    private func perform(_ job: Job, _ lease: JobLease) async {
        let hub = environment.hub
        var isOpen = true
        do { try await hub.open(job.id) } catch {
            isOpen = false
            log.error("a job's events cannot be continued", metadata: ["job": "\(job.id)", "error": "\(error)"])
        }
        let running = RunningJob(job, lease, hub: hub)
        log.info(
            "job started",
            metadata: ["job": "\(job.id)", "kind": "\(job.kind)", "attempt": .stringConvertible(job.attempt)])
        let (task, isStopping) = state.withLock { state in
            // Made in here, so that it cannot say anything before somebody who hears it can cancel it.
            let task = Task { [environment] in
                switch job.specification {
                case .ingest(let specification): try await IngestJob(environment, running, specification).run()
                case .train(let specification): try await TrainJob(environment, running, specification).run()
                }
            }
            state.running[job.id] = Run(task: task, job: running)
            return (task, state.isStopping)
        }
        if isStopping { task.cancel() }
        // Whoever has cancelled it between its claim and here has found nothing to cancel.
        if let now = try? await environment.catalog.job(job.id), now.isCancelRequested { cancel(job.id) }
        let heart = Task { await self.keepAlive(running, task) }
        let result = await task.result
        heart.cancel()
        let ended = await conclude(running, result)
        state.withLock { state in
            // Where the lease was lost, it may be another run of the same job by now.
            if state.running[job.id]?.job === running { state.running[job.id] = nil }
        }
        if let ended {
            var details: Logger.Metadata = ["job": "\(job.id)", "attempt": .stringConvertible(ended.attempt)]
            if let error = ended.error { details["error"] = "\(error.code): \(error.message)" }
            log.log(
                level: ended.state == .failed ? .warning : .info, "job \(ended.state.rawValue)", metadata: details)
            if ended.state.isFinal {
                hub.post(.done(ended), job: job.id)
                self.ended(ended)
            } else {
                hub.post(.state(ended.state, phase: nil, attempt: ended.attempt), job: job.id)
            }
        }
        if isOpen { await hub.close(job.id) }
    }

    private func keepAlive(_ running: RunningJob, _ task: Task<Void, any Error>) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.heartbeat)
            if Task.isCancelled { return }
            do {
                let job = try await environment.catalog.renew(
                    running.lease, for: RunningJob.leaseDuration, progress: running.progress, metrics: running.metrics,
                    at: .now)
                if job.isCancelRequested { cancel(job.id) }
            } catch let error as RegraftError where error.code == "lease_lost" {
                // Somebody else runs it now, or it is over.
                task.cancel()
                return
            } catch {
                log.warning(
                    "a job's lease could not be renewed", metadata: ["job": "\(running.job.id)", "error": "\(error)"])
            }
        }
    }

    /// Stores how far a job has come, for whoever looks at it afterwards. Where that cannot be stored, as on a full disk, its end
    /// may be, for which there is more room.
    /// - Throws: `lease_lost`.
    private func noteNumbers(of running: RunningJob) async throws -> Job {
        do {
            return try await environment.catalog.renew(
                running.lease, for: RunningJob.leaseDuration, progress: running.progress, metrics: running.metrics,
                at: .now)
        } catch let error as RegraftError where error.code == "lease_lost" {
            throw error
        } catch {
            return try await environment.catalog.requiredJob(running.job.id)
        }
    }

    /// Notes how a job has ended.
    /// - Returns: the job as it now is; nil where that is no longer for us to say.
    private func conclude(_ running: RunningJob, _ result: Result<Void, any Error>) async -> Job? {
        let (catalog, lease, id) = (environment.catalog, running.lease, running.job.id)
        do {
            switch result {
            case .success:
                // Its last transaction has made it succeeded.
                return try await catalog.job(id)
            case .failure(let error):
                let job = try await noteNumbers(of: running)
                let (isCancelled, isStopping) = state.withLock { state in
                    let run = state.running[id]
                    return (run?.job === running && run?.isCancelled == true, state.isStopping)
                }
                // Also one that this runner has not been told of.
                if isCancelled || job.isCancelRequested {
                    return try await catalog.finish(lease, as: .cancelled, error: nil, at: .now)
                }
                if isStopping, error is CancellationError {
                    return try await catalog.giveBack(lease, countsAttempt: false, error: nil, at: .now)
                }
                let failure = JobFailure(error)
                if failure.isFinal {
                    return try await catalog.finish(lease, as: .failed, error: failure.jobError, at: .now)
                }
                log.warning("a job's attempt failed", metadata: ["job": "\(id)", "error": "\(error)"])
                running.warn("attempt_failed", "attempt \(running.job.attempt) failed: \(failure.jobError.message)")
                return try await catalog.giveBack(lease, countsAttempt: true, error: failure.jobError, at: .now)
            }
        } catch let error as RegraftError where error.code == "lease_lost" {
            return nil
        } catch {
            // It stays running in the catalog until its lease has run out, which whoever claims the next job sees to.
            log.error("a job's end could not be noted", metadata: ["job": "\(id)", "error": "\(error)"])
            return nil
        }
    }
}

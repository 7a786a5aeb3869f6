public import Domain
import Foundation
public import Storage

/// Takes jobs on and cancels them: the catalog first, then whoever runs and watches them.
public struct JobService: Sendable {
    private let catalog: any JobCatalog
    private let runner: JobRunner
    private let ended: @Sendable (Job) -> Void

    /// - Parameter ended: told of each job that is over because it was cancelled while nobody ran it; must not block.
    public init(catalog: any JobCatalog, runner: JobRunner, ended: @escaping @Sendable (Job) -> Void = { _ in }) {
        self.catalog = catalog
        self.runner = runner
        self.ended = ended
    }

    public func submit(
        _ training: TrainSpecification, priority: Int, idempotency: IdempotencyKey?
    ) async throws -> Submission {
        let submission = try await catalog.submit(training, priority: priority, idempotency: idempotency, at: .now)
        runner.wake()
        return submission
    }

    public func submit(
        _ ingest: IngestSpecification, priority: Int, idempotency: IdempotencyKey?
    ) async throws -> Submission {
        let submission = try await catalog.submit(ingest, priority: priority, idempotency: idempotency, at: .now)
        runner.wake()
        return submission
    }

    /// - Returns: the job: cancelled, about to be, or over already.
    public func cancel(_ id: JobID) async throws -> Job {
        let (job, hasEnded) = try await catalog.requestCancel(id, at: .now)
        if hasEnded { ended(job) }
        // One that is over for the catalog, its lease having run out, may still be at it here.
        if job.isCancelRequested || job.state == .cancelled { runner.cancel(id) }
        return job
    }

    /// A job with the numbers that its run has come to since they were last stored.
    public func live(_ job: Job) -> Job {
        guard job.state == .running, let (progress, metrics) = runner.numbers(of: job.id) else { return job }
        var job = job
        (job.progress, job.metrics) = (progress, metrics)
        return job
    }
}

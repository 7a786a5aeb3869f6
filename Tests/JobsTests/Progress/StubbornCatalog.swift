import Domain
import Foundation
import Storage

/// A catalog of jobs in which storing events is hooked.
final class StubbornCatalog: JobCatalog {
    let catalog = InMemoryCatalog()
    private let hook: @Sendable ([JobEvent]) async throws -> Void

    /// - Parameter hook: called before events are stored, and may throw.
    init(hook: @escaping @Sendable ([JobEvent]) async throws -> Void) { self.hook = hook }

    func append(_ events: [JobEvent], to job: JobID) async throws {
        try await hook(events)
        try await catalog.append(events, to: job)
    }

    func submit(
        _ training: TrainSpecification, priority: Int, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> Submission {
        try await catalog.submit(training, priority: priority, idempotency: idempotency, at: time)
    }

    func submit(
        _ ingest: IngestSpecification, priority: Int, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> Submission {
        try await catalog.submit(ingest, priority: priority, idempotency: idempotency, at: time)
    }

    func replay(of idempotency: IdempotencyKey, at time: Date) async throws -> Submission? {
        try await catalog.replay(of: idempotency, at: time)
    }

    func job(_ id: JobID) async throws -> Job? { try await catalog.job(id) }

    func jobs(_ filter: JobFilter, before id: JobID?, limit: Int) async throws -> [Job] {
        try await catalog.jobs(filter, before: id, limit: limit)
    }

    func queueLengths() async throws -> [Job.Kind: Int] { try await catalog.queueLengths() }

    func claim(
        _ kind: Job.Kind, lease duration: TimeInterval, at time: Date, ended: (Job) -> Void
    ) async throws -> (job: Job, lease: JobLease)? {
        try await catalog.claim(kind, lease: duration, at: time, ended: ended)
    }

    func renew(
        _ lease: JobLease, for duration: TimeInterval, progress: JobProgress, metrics: JobMetrics, at time: Date
    ) async throws -> Job {
        try await catalog.renew(lease, for: duration, progress: progress, metrics: metrics, at: time)
    }

    func finish(_ lease: JobLease, as state: Job.State, error: JobError?, at time: Date) async throws -> Job {
        try await catalog.finish(lease, as: state, error: error, at: time)
    }

    func giveBack(_ lease: JobLease, countsAttempt: Bool, error: JobError?, at time: Date) async throws -> Job {
        try await catalog.giveBack(lease, countsAttempt: countsAttempt, error: error, at: time)
    }

    func requestCancel(_ id: JobID, at time: Date) async throws -> (job: Job, hasEnded: Bool) {
        try await catalog.requestCancel(id, at: time)
    }

    func recover(at time: Date) async throws -> [Job] { try await catalog.recover(at: time) }
    func deleteJob(_ id: JobID) async throws { try await catalog.deleteJob(id) }

    func events(of job: JobID, after sequence: Int, limit: Int) async throws -> [JobEvent] {
        try await catalog.events(of: job, after: sequence, limit: limit)
    }

    func lastEvent(of job: JobID) async throws -> Int { try await catalog.lastEvent(of: job) }

    func dropEvents(ofJobsFinishedBefore time: Date) async throws {
        try await catalog.dropEvents(ofJobsFinishedBefore: time)
    }
}

public import Domain
public import Foundation

/// The durable queue. Every call is one transaction.
///
/// A job is run at least once: whoever claims one holds a lease, keeps it by renewing it, and all that it writes carries the
/// lease's token, so that of two runs of a job only the one that holds it now can finish it.
///
/// Errors are `RegraftError`s: `unknown_job`, `unknown_dataset`, `unknown_version`, `dataset_busy`, `job_active`,
/// `lease_lost`, `idempotency_key_reused`; and what the storage itself throws.
public protocol JobCatalog: Sendable {
    /// Queues a training on a version that is there.
    func submit(
        _ training: TrainSpecification, priority: Int, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> Submission
    /// Reserves the dataset's next version, making the dataset where there is none, and queues its ingest.
    func submit(
        _ ingest: IngestSpecification, priority: Int, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> Submission
    /// What came of the same request before; nil where it is a new one. For whoever would refuse it by what has changed since.
    /// - Throws: `idempotency_key_reused`.
    func replay(of idempotency: IdempotencyKey, at time: Date) async throws -> Submission?

    func job(_ id: JobID) async throws -> Job?
    /// The newest first. A cursor may be deleted meanwhile.
    func jobs(_ filter: JobFilter, before id: JobID?, limit: Int) async throws -> [Job]
    /// How many jobs wait, by kind.
    func queueLengths() async throws -> [Job.Kind: Int]

    /// Takes the job that is to run next: the highest priority first, then the oldest. One whose lease has run out waits again;
    /// after its last attempt it has failed, and where its end was asked for it is cancelled, both with the event `done`.
    /// - Parameter ended: told of those that are thereby over, once that is stored.
    func claim(
        _ kind: Job.Kind, lease duration: TimeInterval, at time: Date, ended: (Job) -> Void
    ) async throws -> (job: Job, lease: JobLease)?
    /// Keeps the lease and notes how far the job is.
    /// - Returns: the job as it now is: its end may have been asked for.
    func renew(
        _ lease: JobLease, for duration: TimeInterval, progress: JobProgress, metrics: JobMetrics, at time: Date
    ) async throws -> Job
    /// Ends a job that has not come to a result: `.failed` or `.cancelled`. Of an ingest nothing is left.
    func finish(_ lease: JobLease, as state: Job.State, error: JobError?, at time: Date) async throws -> Job
    /// Gives a job back to be run again.
    /// - Parameter countsAttempt: false where it is not the job's fault, as when the server stops.
    /// - Returns: the job: queued, or failed after its last attempt.
    func giveBack(_ lease: JobLease, countsAttempt: Bool, error: JobError?, at time: Date) async throws -> Job
    /// Ends a job that nobody runs at once, with the event `done`: a queued one, or one whose lease has run out. Asks for the end
    /// of another running one; does nothing to one that is over.
    /// - Returns: the job, and whether it is over by this call.
    func requestCancel(_ id: JobID, at time: Date) async throws -> (job: Job, hasEnded: Bool)
    /// Called at start, when nobody runs anything: what was running is queued again, or failed after its last attempt, with the
    /// event `done`.
    func recover(at time: Date) async throws -> [Job]
    /// Forgets a job that is over, and its events.
    func deleteJob(_ id: JobID) async throws

    /// - Throws: `event_out_of_order` where they do not go on from the last one.
    func append(_ events: [JobEvent], to job: JobID) async throws
    func events(of job: JobID, after sequence: Int, limit: Int) async throws -> [JobEvent]
    /// 0 where there are none.
    func lastEvent(of job: JobID) async throws -> Int
    /// Forgets the events of jobs that were over before then.
    func dropEvents(ofJobsFinishedBefore time: Date) async throws
}

public struct JobFilter: Sendable, Equatable {
    public var state: Job.State?
    public var kind: Job.Kind?
    public var dataset: ResourceName?
    public var model: ResourceName?

    public init(
        state: Job.State? = nil, kind: Job.Kind? = nil, dataset: ResourceName? = nil, model: ResourceName? = nil
    ) {
        self.state = state
        self.kind = kind
        self.dataset = dataset
        self.model = model
    }
}

/// The right to run a job, until somebody else has it.
public struct JobLease: Sendable, Equatable {
    public let job: JobID
    public let token: String

    public init(job: JobID, token: String) {
        self.job = job
        self.token = token
    }
}

/// A request that may be sent twice and is to be done once.
public struct IdempotencyKey: Sendable, Equatable {
    public let key: String
    /// A key is for retries, which come soon: it is remembered for a day.
    static let lifetime: TimeInterval = 86_400
    /// The method and path it came with; the same key on another one is another key.
    public let scope: String
    /// Of what was asked: the same key with another one is an error.
    public let fingerprint: String

    public init(key: String, scope: String, fingerprint: String) {
        self.key = key
        self.scope = scope
        self.fingerprint = fingerprint
    }
}

public struct Submission: Sendable, Equatable {
    public let job: Job
    /// Whether the same request was made before, and this is what came of it.
    public let isReplay: Bool

    public init(job: Job, isReplay: Bool) {
        self.job = job
        self.isReplay = isReplay
    }
}

extension JobCatalog {
    /// The same for whoever does not count jobs.
    package func claim(
        _ kind: Job.Kind, lease duration: TimeInterval, at time: Date
    ) async throws -> (job: Job, lease: JobLease)? {
        try await claim(kind, lease: duration, at: time, ended: { _ in })
    }
}

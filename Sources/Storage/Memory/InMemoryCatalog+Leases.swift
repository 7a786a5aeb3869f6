public import Domain
public import Foundation

extension InMemoryCatalog {
    public func claim(
        _ kind: Job.Kind, lease duration: TimeInterval, at time: Date, ended: (Job) -> Void
    ) async throws -> (job: Job, lease: JobLease)? {
        var over: [Job] = []
        defer { for job in over { ended(job) } }
        return try transact { state in
            for record in state.jobs where record.job.kind == kind && record.hasRunOut(at: time) {
                let job = state.goOn(without: record.job, error: .abandoned(record.job), at: time)
                if job.state.isFinal { over.append(job) }
            }
            let waiting = state.jobs.map(\.job).filter { $0.state == .queued && $0.kind == kind }
            // The first of several of one priority.
            guard let highest = waiting.map(\.priority).max(),
                let next = waiting.first(where: { $0.priority == highest })
            else { return nil }
            let lease = JobLease(job: next.id, token: UUID().uuidString)
            state.update(next.id) { record in
                record.job.state = .running
                record.job.attempt += 1
                record.job.startedAt = record.job.startedAt ?? time.inMilliseconds
                record.lease = (lease.token, time.addingTimeInterval(duration).inMilliseconds)
            }
            return (try state.required(next.id).job, lease)
        }
    }

    public func renew(
        _ lease: JobLease, for duration: TimeInterval, progress: JobProgress, metrics: JobMetrics, at time: Date
    ) async throws -> Job {
        try transact { state in
            _ = try state.leased(lease)
            state.update(lease.job) { record in
                record.lease?.until = time.addingTimeInterval(duration).inMilliseconds
                (record.job.progress, record.job.metrics) = (progress, metrics)
            }
            return try state.required(lease.job).job
        }
    }

    public func finish(_ lease: JobLease, as end: Job.State, error: JobError?, at time: Date) async throws -> Job {
        precondition(end == .failed || end == .cancelled, "a job succeeds with its result, in one transaction")
        return try transact { state in
            state.end(try state.leased(lease).job.id, as: end, error: error, at: time)
        }
    }

    public func giveBack(_ lease: JobLease, countsAttempt: Bool, error: JobError?, at time: Date) async throws -> Job {
        try transact { state in
            let job = try state.leased(lease).job
            return state.requeue(job, countsAttempt: countsAttempt, error: error, at: time)
        }
    }

    public func recover(at time: Date) async throws -> [Job] {
        try transact { state in
            state.jobs.map(\.job).filter { $0.state == .running }
                .map { state.goOn(without: $0, error: .interrupted($0), at: time) }
        }
    }
}

extension CatalogState {
    fileprivate mutating func requeue(_ job: Job, countsAttempt: Bool, error: JobError?, at time: Date) -> Job {
        if job.isCancelRequested { return end(job.id, as: .cancelled, at: time) }
        if countsAttempt, job.attempt >= Job.attempts {
            return end(job.id, as: .failed, error: error ?? .interrupted(job), at: time)
        }
        return queueAgain(job, attempt: countsAttempt ? job.attempt : job.attempt - 1)
    }

    /// What becomes of a job that nobody runs any more.
    fileprivate mutating func goOn(without job: Job, error: JobError, at time: Date) -> Job {
        guard job.isCancelRequested || job.attempt >= Job.attempts else { return queueAgain(job, attempt: job.attempt) }
        return endUnheard(job, error: error, at: time)
    }

    @discardableResult
    fileprivate mutating func queueAgain(_ job: Job, attempt: Int) -> Job {
        var job = job
        (job.state, job.attempt) = (.queued, attempt)
        update(job.id) { ($0.job, $0.lease) = (job, nil) }
        dropIngested(job)
        return job
    }
}

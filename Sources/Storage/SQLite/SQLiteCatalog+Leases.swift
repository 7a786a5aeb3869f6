public import Domain
public import Foundation
import GRDB

extension SQLiteCatalog {
    public func claim(
        _ kind: Job.Kind, lease duration: TimeInterval, at time: Date, ended: (Job) -> Void
    ) async throws -> (job: Job, lease: JobLease)? {
        let (over, claim) = try await delete { database in
            (try Self.endAbandoned(kind, at: time, database), try Self.next(kind, lease: duration, at: time, database))
        }
        for job in over { ended(job) }
        return claim
    }

    /// What has become of those whose lease has run out: they wait again, or are over.
    /// - Returns: those that are over.
    private static func endAbandoned(_ kind: Job.Kind, at time: Date, _ database: Database) throws -> [Job] {
        // It is gone, has been stopped for long, or could not write its end.
        let abandoned = try Row.fetchAll(
            database, sql: "SELECT * FROM job WHERE state = 'running' AND +kind = ? AND lease_until < ?",
            arguments: [kind.rawValue, time.stored]
        ).map(Self.job)
        return try abandoned.compactMap { job in
            guard job.isCancelRequested || job.attempt >= Job.attempts else {
                try queueAgain(job, attempt: job.attempt, database)
                return nil
            }
            return try endUnheard(job, error: .abandoned(job), at: time, database)
        }
    }

    private static func next(
        _ kind: Job.Kind, lease duration: TimeInterval, at time: Date, _ database: Database
    ) throws -> (job: Job, lease: JobLease)? {
        let token = UUID().uuidString
        let row = try Row.fetchOne(
            database,
            sql: """
                UPDATE job SET state = 'running', attempt = attempt + 1, lease_token = ?, lease_until = ?,
                    started_at = coalesce(started_at, ?)
                WHERE sequence = (\(nextInQueue))
                RETURNING *
                """, arguments: [token, time.addingTimeInterval(duration).stored, time.stored, kind.rawValue])
        guard let row else { return nil }
        let job = try job(row)
        return (job, JobLease(job: job.id, token: token))
    }

    /// With one argument, the kind.
    static let nextInQueue = """
        SELECT sequence FROM job WHERE kind = ? AND state = 'queued' ORDER BY priority DESC, sequence LIMIT 1
        """

    public func renew(
        _ lease: JobLease, for duration: TimeInterval, progress: JobProgress, metrics: JobMetrics, at time: Date
    ) async throws -> Job {
        try await write { database in
            let job = try Self.leased(lease, database)
            try database.execute(
                sql: "UPDATE job SET lease_until = ?, progress = ?, metrics = ? WHERE id = ?",
                arguments: [
                    time.addingTimeInterval(duration).stored, try StoredJSON.encode(progress),
                    try StoredJSON.encode(metrics), job.id.text,
                ])
            return try Self.job(lease.job, database) ?? job
        }
    }

    public func finish(_ lease: JobLease, as state: Job.State, error: JobError?, at time: Date) async throws -> Job {
        precondition(state == .failed || state == .cancelled, "a job succeeds with its result, in one transaction")
        return try await delete { database in
            try Self.end(try Self.leased(lease, database), as: state, error: error, at: time, database)
        }
    }

    public func giveBack(_ lease: JobLease, countsAttempt: Bool, error: JobError?, at time: Date) async throws -> Job {
        try await delete { database in
            let job = try Self.leased(lease, database)
            return try Self.requeue(job, countsAttempt: countsAttempt, error: error, at: time, database)
        }
    }

    public func recover(at time: Date) async throws -> [Job] {
        try await delete { database in
            let interrupted = try Row.fetchAll(
                database, sql: "SELECT * FROM job WHERE state = 'running' ORDER BY sequence"
            ).map(Self.job)
            return try interrupted.map { job in
                if job.isCancelRequested || job.attempt >= Job.attempts {
                    return try Self.endUnheard(job, error: .interrupted(job), at: time, database)
                }
                try Self.queueAgain(job, attempt: job.attempt, database)
                return try Self.job(job.id, database) ?? job
            }
        }
    }

    private static func requeue(
        _ job: Job, countsAttempt: Bool, error: JobError?, at time: Date, _ database: Database
    ) throws -> Job {
        if job.isCancelRequested { return try end(job, as: .cancelled, error: nil, at: time, database) }
        if countsAttempt, job.attempt >= Job.attempts {
            return try end(job, as: .failed, error: error ?? .interrupted(job), at: time, database)
        }
        try queueAgain(job, attempt: countsAttempt ? job.attempt : job.attempt - 1, database)
        return try Self.job(job.id, database) ?? job
    }

    /// Ends a job that nobody runs, so that nobody but the catalog can say that it is over.
    /// - Parameter error: of a job whose end nobody has asked for.
    static func endUnheard(_ job: Job, error: JobError?, at time: Date, _ database: Database) throws -> Job {
        let ended = try end(
            job, as: job.isCancelRequested ? .cancelled : .failed, error: job.isCancelRequested ? nil : error, at: time,
            database)
        try append(
            JobEvent(endOf: ended, sequence: try lastEvent(of: job.id, database) + 1, at: time), to: job.id, database)
        return ended
    }

    private static func queueAgain(_ job: Job, attempt: Int, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE job SET state = 'queued', attempt = ?, lease_token = NULL, lease_until = NULL WHERE id = ?",
            arguments: [attempt, job.id.text])
        try dropIngested(job, database)
    }

    /// The job, where the lease still holds.
    /// - Parameter kind: of job, where only one can have such a result.
    static func leased(_ lease: JobLease, of kind: Job.Kind? = nil, _ database: Database) throws -> Job {
        guard
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM job WHERE id = ? AND lease_token = ? AND state = 'running'",
                arguments: [lease.job.text, lease.token])
        else { throw CatalogErrors.leaseLost }
        let job = try job(row)
        guard kind == nil || job.kind == kind else { throw CatalogErrors.leaseLost }
        return job
    }
}

public import Domain
public import Foundation
import GRDB

extension SQLiteCatalog {
    public func submit(
        _ training: TrainSpecification, priority: Int, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> Submission {
        try await write { database in
            if let known = try Self.replayedJob(idempotency, at: time, database) { return known }
            _ = try Self.readyVersion(training.datasetVersion, of: training.dataset, database)
            let job = Job(
                id: JobID(at: time), specification: .train(training), priority: priority,
                createdAt: Date(stored: time.stored))
            try Self.insert(job, archive: nil, database)
            try Self.remember(idempotency, result: job.id.text, at: time, database)
            return Submission(job: job, isReplay: false)
        }
    }

    public func submit(
        _ ingest: IngestSpecification, priority: Int, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> Submission {
        try await write { database in
            if let known = try Self.replayedJob(idempotency, at: time, database) { return known }
            let id = try Self.datasetIDOrNew(ingest.dataset, database, at: time)
            let jobID = JobID(at: time)
            var ingest = ingest
            var (origin, archive): (DatasetVersion.Origin, PhotoDigest?) = (.importing, nil)
            if case .archive(let digest, _) = ingest.source { (origin, archive) = (.upload, digest) }
            ingest.version = try Self.beginVersion(
                dataset: id, name: ingest.dataset, state: .ingesting, origin: origin, job: jobID, at: time, database)
            let job = Job(
                id: jobID, specification: .ingest(ingest), priority: priority, createdAt: Date(stored: time.stored))
            try Self.insert(job, archive: archive, database)
            try Self.remember(idempotency, result: job.id.text, at: time, database)
            return Submission(job: job, isReplay: false)
        }
    }

    public func replay(of idempotency: IdempotencyKey, at time: Date) async throws -> Submission? {
        try await read { try Self.replayedJob(idempotency, at: time, $0) }
    }

    public func job(_ id: JobID) async throws -> Job? {
        try await read { try Self.job(id, $0) }
    }

    public func jobs(_ filter: JobFilter, before id: JobID?, limit: Int) async throws -> [Job] {
        try await read { database in
            var (conditions, arguments): ([String], StatementArguments) = (["1"], [])
            func require(_ column: String, _ value: String?) {
                guard let value else { return }
                conditions.append("\(column) = ?")
                arguments += [value]
            }
            require("state", filter.state?.rawValue)
            require("kind", filter.kind?.rawValue)
            require("dataset", filter.dataset?.text)
            require("model", filter.model?.text)
            if let id {
                // One that has been deleted since still has its place: later jobs have larger names.
                conditions.append(
                    """
                    sequence < coalesce(
                        (SELECT sequence FROM job WHERE id = :id), (SELECT max(sequence) + 1 FROM job WHERE id < :id))
                    """)
                arguments += ["id": id.text]
            }
            return try Row.fetchAll(
                database,
                sql: "SELECT * FROM job WHERE \(conditions.joined(separator: " AND ")) ORDER BY sequence DESC LIMIT ?",
                arguments: arguments + [limit]
            ).map(Self.job)
        }
    }

    public func queueLengths() async throws -> [Job.Kind: Int] {
        try await read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT kind, count(*) AS count FROM job WHERE state = 'queued' GROUP BY kind")
            return rows.reduce(into: [:]) { counts, row in
                if let kind = Job.Kind(rawValue: row["kind"]) { counts[kind] = row["count"] }
            }
        }
    }

    public func requestCancel(_ id: JobID, at time: Date) async throws -> (job: Job, hasEnded: Bool) {
        try await delete { database in
            guard var job = try Self.job(id, database) else { throw CatalogErrors.unknownJob(id) }
            switch job.state {
            case .queued:
                job.isCancelRequested = true
                return (try Self.endUnheard(job, error: nil, at: time, database), true)
            case .running:
                try database.execute(sql: "UPDATE job SET cancel_requested = 1 WHERE id = ?", arguments: [id.text])
                job.isCancelRequested = true
                let hasRunOut = try Bool.fetchOne(
                    database, sql: "SELECT lease_until < ? FROM job WHERE id = ?", arguments: [time.stored, id.text])
                guard hasRunOut == true else { return (job, false) }
                return (try Self.endUnheard(job, error: nil, at: time, database), true)
            case .succeeded, .failed, .cancelled: return (job, false)
            }
        }
    }

    public func deleteJob(_ id: JobID) async throws {
        try await delete { database in
            guard let job = try Self.job(id, database) else { throw CatalogErrors.unknownJob(id) }
            guard job.state.isFinal else {
                throw CatalogErrors.active(job)
            }
            try database.execute(sql: "DELETE FROM job WHERE id = ?", arguments: [id.text])
        }
    }

    /// A job that is not over, by its dataset or model. Few are not, whatever the number of jobs: so this goes by the state.
    static func activeJob(where column: String, is name: ResourceName, _ database: Database) throws -> JobID? {
        try String.fetchOne(
            database,
            sql: "SELECT id FROM job WHERE state IN ('queued', 'running') AND +\(column) = ? ORDER BY sequence LIMIT 1",
            arguments: [name.text]
        ).map(JobID.init(text:))
    }

    // MARK: Rows

    static func job(_ id: JobID, _ database: Database) throws -> Job? {
        try Row.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [id.text]).map(Self.job)
    }

    static func job(_ row: Row) throws -> Job {
        var job = Job(
            id: JobID(text: row["id"]),
            specification: try StoredJSON.decode(JobSpecification.self, row["specification"]),
            priority: row["priority"],
            createdAt: row.date("created_at") ?? .distantPast)
        job.state = Job.State(rawValue: row["state"]) ?? .failed
        job.progress = try StoredJSON.decode(JobProgress.self, row["progress"])
        job.metrics = try StoredJSON.decode(JobMetrics.self, row["metrics"])
        job.modelVersion = row["model_version"]
        job.attempt = row["attempt"]
        job.isCancelRequested = row["cancel_requested"]
        job.error = try (row["error"] as String?).map { try StoredJSON.decode(JobError.self, $0) }
        job.startedAt = row.date("started_at")
        job.finishedAt = row.date("finished_at")
        return job
    }

    private static func insert(_ job: Job, archive: PhotoDigest?, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO job (id, kind, state, priority, dataset, model, archive, specification, progress, metrics, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                job.id.text, job.kind.rawValue, job.state.rawValue, job.priority, job.dataset.text, job.model?.text,
                archive?.data, try StoredJSON.encode(job.specification), try StoredJSON.encode(job.progress),
                try StoredJSON.encode(job.metrics), job.createdAt.stored,
            ])
    }

    /// Ends a job, with all that hangs on it.
    static func end(
        _ job: Job, as state: Job.State, error: JobError?, modelVersion: Int? = nil, at time: Date, _ database: Database
    ) throws -> Job {
        try database.execute(
            sql: """
                INSERT OR IGNORE INTO garbage SELECT archive FROM job WHERE id = ? AND archive IS NOT NULL
                """, arguments: [job.id.text])
        try database.execute(
            sql: """
                UPDATE job SET state = ?, error = ?, model_version = ?, finished_at = ?, archive = NULL,
                    lease_token = NULL, lease_until = NULL, cancel_requested = cancel_requested OR ?
                WHERE id = ?
                """,
            arguments: [
                state.rawValue, try error.map(StoredJSON.encode), modelVersion, time.stored, state == .cancelled,
                job.id.text,
            ])
        if state != .succeeded { try failIngest(job, database) }
        return try Self.job(job.id, database) ?? job
    }

    // MARK: Requests that come twice

    static func replay(_ key: IdempotencyKey?, at time: Date, _ database: Database) throws -> String? {
        guard let key,
            let row = try Row.fetchOne(
                database,
                sql: "SELECT fingerprint, result FROM idempotency WHERE scope = ? AND key = ? AND created_at >= ?",
                arguments: [key.scope, key.key, time.addingTimeInterval(-IdempotencyKey.lifetime).stored])
        else { return nil }
        guard row["fingerprint"] == key.fingerprint else { throw CatalogErrors.reused(key) }
        return row["result"]
    }

    private static func replayedJob(_ key: IdempotencyKey?, at time: Date, _ database: Database) throws -> Submission? {
        guard let result = try replay(key, at: time, database), let job = try job(JobID(text: result), database) else {
            return nil
        }
        return Submission(job: job, isReplay: true)
    }

    static func remember(
        _ key: IdempotencyKey?, result: @autoclosure () throws -> String, at time: Date, _ database: Database
    ) throws {
        guard let key else { return }
        try database.execute(
            sql: "DELETE FROM idempotency WHERE created_at < ?",
            arguments: [time.addingTimeInterval(-IdempotencyKey.lifetime).stored])
        try database.execute(
            sql:
                "INSERT OR REPLACE INTO idempotency (scope, key, fingerprint, result, created_at) VALUES (?, ?, ?, ?, ?)",
            arguments: [key.scope, key.key, key.fingerprint, try result(), time.stored])
    }
}

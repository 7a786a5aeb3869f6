public import Domain
public import Foundation
import GRDB

extension SQLiteCatalog {
    public func append(_ events: [JobEvent], to job: JobID) async throws {
        try await write { database in
            guard try Self.job(job, database) != nil else { throw CatalogErrors.unknownJob(job) }
            var last = try Self.lastEvent(of: job, database)
            for event in events {
                guard event.sequence == last + 1 else {
                    throw CatalogErrors.outOfOrder(event, of: job, last: last)
                }
                last = event.sequence
                try Self.append(event, to: job, database)
            }
        }
    }

    static func append(_ event: JobEvent, to job: JobID, _ database: Database) throws {
        try database.cachedStatement(
            sql: "INSERT INTO event (job, sequence, kind, at, data) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [job.text, event.sequence, event.kind.rawValue, event.at.stored, event.data])
    }

    public func events(of job: JobID, after sequence: Int, limit: Int) async throws -> [JobEvent] {
        try await read { database in
            try Row.fetchAll(
                database.cachedStatement(
                    sql: "SELECT * FROM event WHERE job = ? AND sequence > ? ORDER BY sequence LIMIT ?"),
                arguments: [job.text, sequence, limit]
            ).map { row in
                JobEvent(
                    sequence: row["sequence"], kind: JobEvent.Kind(rawValue: row["kind"]) ?? .warning,
                    at: row.date("at") ?? .distantPast, data: row["data"])
            }
        }
    }

    public func lastEvent(of job: JobID) async throws -> Int {
        try await read { try Self.lastEvent(of: job, $0) }
    }

    static func lastEvent(of job: JobID, _ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT max(sequence) FROM event WHERE job = ?", arguments: [job.text]) ?? 0
    }

    public func dropEvents(ofJobsFinishedBefore time: Date) async throws {
        try await delete { database in
            try database.execute(
                sql: "DELETE FROM event WHERE job IN (SELECT id FROM job WHERE finished_at < ?)",
                arguments: [time.stored])
        }
    }
}

public import Domain
public import Foundation
import GRDB

extension SQLiteCatalog {
    public func restartIngest(_ lease: JobLease) async throws {
        try await write { database in
            try Self.dropIngested(try Self.leased(lease, of: .ingest, database), database)
        }
    }

    public func ingest(_ images: [NewImage], refused: [RefusedFile], ignored: Int, _ lease: JobLease) async throws {
        try await write { database in
            let job = try Self.leased(lease, of: .ingest, database)
            let id = try Self.datasetID(job.dataset, database)
            var refused = refused
            for image in images {
                let isKnown =
                    try Bool.fetchOne(
                        database.cachedStatement(
                            sql: "SELECT 1 FROM image WHERE digest = ? AND dataset = ? AND label = ? AND added = ?"),
                        arguments: [image.digest.data, id, image.label.text, job.datasetVersion]) ?? false
                if isKnown {
                    refused.append(.duplicate(of: image))
                } else {
                    _ = try Self.insert(image, dataset: id, version: job.datasetVersion, database)
                }
            }
            try Self.report(refused, ignored: ignored, dataset: id, version: job.datasetVersion, database)
        }
    }

    public func completeIngest(_ lease: JobLease, at time: Date) async throws -> (version: DatasetVersion, job: Job) {
        try await write { database in
            let job = try Self.leased(lease, of: .ingest, database)
            guard case .ingest(let specification) = job.specification else { throw CatalogErrors.leaseLost }
            let id = try Self.datasetID(job.dataset, database)
            let number = job.datasetVersion
            // A photo that is there already keeps its row, and so its id and its split.
            let isSame = "same.dataset = image.dataset AND same.digest = image.digest AND same.label = image.label"
            if specification.mode == .replace {
                try database.execute(
                    sql: """
                        UPDATE image SET removed = ? WHERE dataset = ? AND added < ? AND removed IS NULL AND NOT EXISTS (
                            SELECT 1 FROM image AS same WHERE \(isSame) AND same.path = image.path AND same.added = ?)
                        """, arguments: [number, id, number, number])
            }
            try database.execute(
                sql: """
                    DELETE FROM image WHERE dataset = ? AND added = ? AND EXISTS (
                        SELECT 1 FROM image AS same WHERE \(isSame) AND same.added < ? AND same.removed IS NULL)
                    """, arguments: [id, number, number])
            let version = try Self.makeCurrent(number, dataset: id, name: job.dataset, change: nil, database)
            let ended = try Self.end(job, as: .succeeded, error: nil, at: time, database)
            return (version, ended)
        }
    }

    private static func report(
        _ refused: [RefusedFile], ignored: Int, dataset: Int64, version: Int, _ database: Database
    ) throws {
        guard !refused.isEmpty || ignored > 0 else { return }
        let count =
            try Int.fetchOne(
                database, sql: "SELECT refused_count FROM dataset_version WHERE dataset = ? AND number = ?",
                arguments: [dataset, version]) ?? 0
        for (index, file) in refused.enumerated() {
            try database.cachedStatement(
                sql: "INSERT INTO refusal (dataset, version, number, path, code, reason) VALUES (?, ?, ?, ?, ?, ?)"
            ).execute(arguments: [dataset, version, count + index + 1, file.path, file.code, file.reason])
        }
        try database.execute(
            sql: """
                UPDATE dataset_version SET refused_count = ?, ignored_count = ignored_count + ?
                WHERE dataset = ? AND number = ?
                """, arguments: [count + refused.count, ignored, dataset, version])
    }

    /// Takes back what a version that never became visible holds, and its report.
    static func dropIngested(_ job: Job, _ database: Database) throws {
        guard let id = try dropImages(job, database) else { return }
        let version = job.datasetVersion
        try database.execute(sql: "DELETE FROM refusal WHERE dataset = ? AND version = ?", arguments: [id, version])
        try database.execute(
            sql: "UPDATE dataset_version SET refused_count = 0, ignored_count = 0 WHERE dataset = ? AND number = ?",
            arguments: [id, version])
    }

    /// - Returns: the dataset.
    private static func dropImages(_ job: Job, _ database: Database) throws -> Int64? {
        guard job.kind == .ingest,
            let id = try Int64.fetchOne(
                database, sql: "SELECT id FROM dataset WHERE name = ?", arguments: [job.dataset.text])
        else { return nil }
        let version = job.datasetVersion
        try database.execute(
            sql: "INSERT OR IGNORE INTO garbage SELECT digest FROM image WHERE dataset = ? AND added = ?",
            arguments: [id, version])
        try database.execute(sql: "DELETE FROM image WHERE dataset = ? AND added = ?", arguments: [id, version])
        return id
    }

    /// The version of an ingest that has come to nothing stays, as a number that nobody can use and the report that tells why.
    static func failIngest(_ job: Job, _ database: Database) throws {
        guard let id = try dropImages(job, database) else { return }
        try database.execute(
            sql: "DELETE FROM refusal WHERE dataset = ? AND version = ? AND number > ?",
            arguments: [id, job.datasetVersion, DatasetVersion.failedReportLimit])
        try database.execute(
            sql: "UPDATE dataset_version SET state = 'failed' WHERE dataset = ? AND number = ?",
            arguments: [id, job.datasetVersion])
    }
}

public import Domain
import Foundation
import GRDB

extension SQLiteCatalog {
    public func datasets(after name: ResourceName?, limit: Int) async throws -> [Dataset] {
        try await read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM dataset WHERE name > ? ORDER BY name LIMIT ?",
                arguments: [name?.text ?? "", limit]
            ).map { try Self.dataset($0, database) }
        }
    }

    public func dataset(_ name: ResourceName) async throws -> Dataset? {
        try await read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM dataset WHERE name = ?", arguments: [name.text])
                .map { try Self.dataset($0, database) }
        }
    }

    public func versions(of dataset: ResourceName, before number: Int?, limit: Int) async throws -> [DatasetVersion] {
        try await read { database in
            let id = try Self.datasetID(dataset, database)
            return try Row.fetchAll(
                database,
                sql: "SELECT * FROM dataset_version WHERE dataset = ? AND number < ? ORDER BY number DESC LIMIT ?",
                arguments: [id, number ?? Int.max, limit]
            ).map { Self.version($0, of: dataset) }
        }
    }

    public func newestIngest(of dataset: ResourceName) async throws -> DatasetVersion? {
        try await read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT * FROM dataset_version WHERE dataset = ? AND state <> 'ingesting' AND origin IN ('upload', 'import')
                    ORDER BY number DESC LIMIT 1
                    """, arguments: [try Self.datasetID(dataset, database)]
            ).map { Self.version($0, of: dataset) }
        }
    }

    public func labels(of dataset: ResourceName, version: Int) async throws -> [LabelCount] {
        try await read { database in
            let id = try Self.readyVersion(version, of: dataset, database)
            var counts: [LabelCount] = []
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT label, split, count(*) AS count FROM image
                    WHERE dataset = ? AND \(Self.isInVersion) GROUP BY label, split ORDER BY label
                    """, arguments: [id, version, version])
            while let row = try rows.next() {
                let label = Label(trusted: row["label"])
                let count: Int = row["count"]
                if counts.last?.label != label { counts.append(LabelCount(label: label, images: 0, splits: [:])) }
                counts[counts.count - 1].images += count
                if let split = (row["split"] as String?).flatMap(Split.init(rawValue:)) {
                    counts[counts.count - 1].splits[split] = count
                }
            }
            return counts
        }
    }

    public func deleteDataset(_ name: ResourceName) async throws {
        try await delete { database in
            let id = try Self.datasetID(name, database)
            if let job = try Self.activeJob(where: "dataset", is: name, database) {
                throw CatalogErrors.inUse(name, by: job)
            }
            try database.execute(
                sql: "INSERT OR IGNORE INTO garbage SELECT digest FROM image WHERE dataset = ?",
                arguments: [id])
            try database.execute(sql: "DELETE FROM dataset WHERE id = ?", arguments: [id])
        }
    }

    public func refusals(of dataset: ResourceName, version: Int, after number: Int, limit: Int) async throws
        -> [Refusal]
    {
        try await read { database in
            let id = try Self.datasetID(dataset, database)
            try Self.version(version, dataset: id, name: dataset, database).requireReport()
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM refusal WHERE dataset = ? AND version = ? AND number > ? ORDER BY number LIMIT ?
                    """, arguments: [id, version, number, limit]
            ).map {
                Refusal(
                    number: $0["number"], file: RefusedFile(path: $0["path"], code: $0["code"], reason: $0["reason"]))
            }
        }
    }

    // MARK: Rows

    /// With two arguments, both the version.
    static let isInVersion = "added <= ? AND (removed IS NULL OR removed > ?)"

    private static func dataset(_ row: Row, _ database: Database) throws -> Dataset {
        let name = ResourceName(trusted: row["name"])
        let id: Int64 = row["id"]
        func version(_ condition: String, _ arguments: StatementArguments) throws -> DatasetVersion? {
            try Row.fetchOne(
                database, sql: "SELECT * FROM dataset_version WHERE dataset = ? AND \(condition)",
                arguments: [id] + arguments
            ).map { Self.version($0, of: name) }
        }
        return Dataset(
            name: name, createdAt: row.date("created_at") ?? .distantPast,
            current: try version("number = ?", [row["current"] as Int?]),
            ingesting: try version("state = 'ingesting'", []))
    }

    static func version(_ row: Row, of dataset: ResourceName) -> DatasetVersion {
        DatasetVersion(
            dataset: dataset, number: row["number"],
            state: DatasetVersion.State(rawValue: row["state"]) ?? .failed,
            origin: DatasetVersion.Origin(rawValue: row["origin"]) ?? .upload,
            createdAt: row.date("created_at") ?? .distantPast, job: (row["job"] as String?).map(JobID.init(text:)),
            imageCount: row["image_count"], refusedCount: row["refused_count"],
            ignoredCount: row["ignored_count"])
    }

    static func version(_ number: Int, dataset id: Int64, name: ResourceName, _ database: Database) throws
        -> DatasetVersion
    {
        guard
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM dataset_version WHERE dataset = ? AND number = ?",
                arguments: [id, number])
        else { throw CatalogErrors.unknownVersion(number, of: "dataset '\(name)'") }
        return version(row, of: name)
    }

    static func datasetID(_ name: ResourceName, _ database: Database) throws -> Int64 {
        guard
            let id = try Int64.fetchOne(database, sql: "SELECT id FROM dataset WHERE name = ?", arguments: [name.text])
        else { throw CatalogErrors.unknownDataset(name) }
        return id
    }

    /// The dataset's id where the version can be used.
    static func readyVersion(_ number: Int, of name: ResourceName, _ database: Database) throws -> Int64 {
        let id = try datasetID(name, database)
        let version = try version(number, dataset: id, name: name, database)
        try version.requireReady()
        return id
    }

    /// Makes the dataset where there is none.
    static func datasetIDOrNew(_ name: ResourceName, _ database: Database, at time: Date) throws -> Int64 {
        try database.execute(
            sql: "INSERT INTO dataset (name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            arguments: [name.text, time.stored])
        return try datasetID(name, database)
    }

    /// A version that has just been begun, numbered.
    /// - Throws: `dataset_busy` while another one is being ingested.
    static func beginVersion(
        dataset id: Int64, name: ResourceName, state: DatasetVersion.State, origin: DatasetVersion.Origin, job: JobID?,
        at time: Date, _ database: Database
    ) throws -> Int {
        if let row = try Row.fetchOne(
            database, sql: "SELECT * FROM dataset_version WHERE dataset = ? AND state = 'ingesting'", arguments: [id])
        {
            throw CatalogErrors.busy(version(row, of: name))
        }
        let number =
            try Int.fetchOne(database, sql: "SELECT next_version FROM dataset WHERE id = ?", arguments: [id]) ?? 1
        try database.execute(sql: "UPDATE dataset SET next_version = ? WHERE id = ?", arguments: [number + 1, id])
        try database.execute(
            sql: """
                INSERT INTO dataset_version (dataset, number, state, origin, created_at, job) VALUES (?, ?, ?, ?, ?, ?)
                """, arguments: [id, number, state.rawValue, origin.rawValue, time.stored, job?.text])
        return number
    }

    /// Makes a version the current one.
    /// - Parameter change: photos more than the version before; nil: they are counted, which takes as long as they are many.
    static func makeCurrent(
        _ number: Int, dataset id: Int64, name: ResourceName, change: Int?, _ database: Database
    ) throws -> DatasetVersion {
        let count: Int?
        if let change {
            let before = try Int.fetchOne(
                database,
                sql: """
                    SELECT image_count FROM dataset_version JOIN dataset ON dataset.id = dataset_version.dataset
                    WHERE dataset.id = ? AND number = current
                    """, arguments: [id])
            count = (before ?? 0) + change
        } else {
            count = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM image WHERE dataset = ? AND \(isInVersion)",
                arguments: [id, number, number])
        }
        try database.execute(
            sql: "UPDATE dataset_version SET state = 'ready', image_count = ? WHERE dataset = ? AND number = ?",
            arguments: [count, id, number])
        try database.execute(sql: "UPDATE dataset SET current = ? WHERE id = ?", arguments: [number, id])
        return try version(number, dataset: id, name: name, database)
    }
}

public import Domain
public import Foundation
import GRDB

extension SQLiteCatalog {
    public func models(after name: ResourceName?, limit: Int) async throws -> [Model] {
        try await read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM model WHERE name > ? ORDER BY name LIMIT ?",
                arguments: [name?.text ?? "", limit]
            ).map { try Self.model($0, database) }
        }
    }

    public func model(_ name: ResourceName) async throws -> Model? {
        try await read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM model WHERE name = ?", arguments: [name.text])
                .map { try Self.model($0, database) }
        }
    }

    public func modelCount(besides name: ResourceName) async throws -> Int {
        try await read { database in
            try Int.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM (
                        SELECT name FROM model
                        UNION SELECT model FROM job
                        WHERE state IN ('queued', 'running') AND model IS NOT NULL AND kind = 'train'
                    ) WHERE name <> ?
                    """, arguments: [name.text]) ?? 0
        }
    }

    public func versions(of model: ResourceName, before number: Int?, limit: Int) async throws -> [ModelVersion] {
        try await read { database in
            try Self.requireModel(model, database)
            return try Row.fetchAll(
                database,
                sql: "SELECT * FROM model_version WHERE model = ? AND number < ? ORDER BY number DESC LIMIT ?",
                arguments: [model.text, number ?? Int.max, limit]
            ).map(Self.modelVersion)
        }
    }

    public func version(_ number: Int, of model: ResourceName) async throws -> ModelVersion? {
        try await read { try Self.modelVersion(number, of: model, $0) }
    }

    public func publish(
        _ draft: ModelVersion, _ lease: JobLease, move: AliasMove?, splits: [Int64: Split], at time: Date
    ) async throws -> (version: ModelVersion, alias: ModelAlias?, job: Job) {
        try await write { database in
            let job = try Self.leased(lease, of: .train, database)
            let (version, alias) = try Self.add(draft, move: move, at: time, database)
            try database.execute(
                sql: "UPDATE job SET metrics = ? WHERE id = ?",
                arguments: [try StoredJSON.encode(version.metrics), job.id.text])
            if !splits.isEmpty, let dataset = draft.dataset { try Self.record(splits, of: dataset, database) }
            let ended = try Self.end(
                job, as: .succeeded, error: nil, modelVersion: version.number, at: time, database)
            return (version, alias, ended)
        }
    }

    public func add(
        imported draft: ModelVersion, move: AliasMove?, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> ImportedVersion {
        try await write { database in
            if let known = try Self.replayedImport(idempotency, of: draft.model, at: time, database) {
                return ImportedVersion(version: known, alias: nil, isReplay: true)
            }
            let (version, alias) = try Self.add(draft, move: move, at: time, database)
            try Self.remember(
                idempotency, result: StoredJSON.encode(StoredImport(version: version)), at: time, database)
            return ImportedVersion(version: version, alias: alias)
        }
    }

    /// What came of the same request, unless it has been deleted since: then it is to be done again.
    private static func replayedImport(
        _ key: IdempotencyKey?, of model: ResourceName, at time: Date, _ database: Database
    ) throws -> ModelVersion? {
        guard let result = try replay(key, at: time, database) else { return nil }
        let known = try StoredJSON.decode(StoredImport.self, result)
        let version = try modelVersion(known.number, of: model, database)
        return version.map { StoredImport(version: $0) == known } == true ? version : nil
    }

    /// The time tells a version from one of a model that was made later under the same name.
    private struct StoredImport: Codable, Equatable {
        var number: Int
        var createdAt: Double

        init(version: ModelVersion) { (number, createdAt) = (version.number, version.createdAt.stored) }
    }

    private static func add(
        _ draft: ModelVersion, move: AliasMove?, at time: Date, _ database: Database
    ) throws -> (version: ModelVersion, alias: ModelAlias?) {
        try database.execute(
            sql: "INSERT INTO model (name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            arguments: [draft.model.text, time.stored])
        let number = try Int.fetchOne(
            database,
            sql: "UPDATE model SET next_version = next_version + 1 WHERE name = ? RETURNING next_version - 1",
            arguments: [draft.model.text])
        let version = draft.numbered(number ?? 1, at: Date(stored: time.stored))
        try insert(version, database)
        let alias = try move.map {
            try Self.move(
                $0.alias, of: draft.model, to: version.number, ifGeneration: $0.ifGeneration, at: time, database)
        }
        return (version, alias)
    }

    public func deleteVersion(_ number: Int, of model: ResourceName) async throws {
        try await delete { database in
            try Self.requireModel(model, database)
            guard let version = try Self.modelVersion(number, of: model, database) else {
                throw CatalogErrors.unknownVersion(number, of: "model '\(model)'")
            }
            if let alias = try Row.fetchOne(
                database, sql: "SELECT * FROM alias WHERE model = ? AND version = ? ORDER BY alias",
                arguments: [model.text, number])
            {
                throw CatalogErrors.inUse(Self.alias(alias))
            }
            try Self.discard([version], database)
            try database.execute(
                sql: "DELETE FROM model_version WHERE model = ? AND number = ?", arguments: [model.text, number])
        }
    }

    public func deleteModel(_ name: ResourceName) async throws {
        try await delete { database in
            try Self.requireModel(name, database)
            if let job = try Self.activeJob(where: "model", is: name, database) {
                throw CatalogErrors.inTraining(name, by: job)
            }
            let versions = try Row.fetchAll(
                database, sql: "SELECT * FROM model_version WHERE model = ?", arguments: [name.text]
            ).map(Self.modelVersion)
            try Self.discard(versions, database)
            // Aliases first: they keep versions from being deleted.
            try database.execute(sql: "DELETE FROM alias WHERE model = ?", arguments: [name.text])
            try database.execute(sql: "DELETE FROM model WHERE name = ?", arguments: [name.text])
        }
    }

    // MARK: Rows

    private static func model(_ row: Row, _ database: Database) throws -> Model {
        let name = ResourceName(trusted: row["name"])
        let aliases = try Row.fetchAll(
            database, sql: "SELECT * FROM alias WHERE model = ? ORDER BY alias", arguments: [name.text]
        ).map(Self.alias)
        let newest = try Int.fetchOne(
            database, sql: "SELECT max(number) FROM model_version WHERE model = ?", arguments: [name.text])
        return Model(
            name: name, createdAt: row.date("created_at") ?? .distantPast, newestVersion: newest ?? 0, aliases: aliases)
    }

    static func requireModel(_ name: ResourceName, _ database: Database) throws {
        guard try Bool.fetchOne(database, sql: "SELECT 1 FROM model WHERE name = ?", arguments: [name.text]) != nil
        else {
            throw CatalogErrors.unknownModel(name)
        }
    }

    private static func modelVersion(_ row: Row) throws -> ModelVersion {
        try StoredJSON.decode(ModelVersion.self, row["document"])
    }

    static func modelVersion(_ number: Int, of model: ResourceName, _ database: Database) throws -> ModelVersion? {
        try Row.fetchOne(
            database, sql: "SELECT * FROM model_version WHERE model = ? AND number = ?",
            arguments: [model.text, number]
        ).map(modelVersion)
    }

    private static func insert(_ version: ModelVersion, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO model_version (model, number, head, evaluation, document) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                version.model.text, version.number, version.head.data, version.evaluation.data,
                try StoredJSON.encode(version),
            ])
        for photo in version.golden {
            try database.execute(
                sql: "INSERT OR IGNORE INTO golden_photo (digest, model, version) VALUES (?, ?, ?)",
                arguments: [photo.digest.data, version.model.text, version.number])
        }
    }

    /// Notes that nothing may need the versions' blobs any more.
    private static func discard(_ versions: [ModelVersion], _ database: Database) throws {
        for version in versions {
            for digest in version.blobs {
                try database.execute(sql: "INSERT OR IGNORE INTO garbage VALUES (?)", arguments: [digest.data])
            }
        }
    }
}

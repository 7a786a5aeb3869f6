public import Domain
public import Foundation
import GRDB

extension SQLiteCatalog {
    public func aliases() async throws -> [ModelAlias] {
        try await read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM alias ORDER BY model, alias").map(Self.alias)
        }
    }

    public func alias(_ alias: ResourceName, of model: ResourceName) async throws -> ModelAlias? {
        try await read { try Self.alias(alias, of: model, $0) }
    }

    public func history(of alias: ResourceName, model: ResourceName, limit: Int) async throws -> [ModelAlias] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM alias_move WHERE model = ? AND alias = ? ORDER BY generation DESC LIMIT ?",
                arguments: [model.text, alias.text, limit]
            ).map(Self.alias)
        }
    }

    public func moveAlias(
        _ alias: ResourceName, of model: ResourceName, to version: Int, ifGeneration generation: Int?, at time: Date
    ) async throws -> ModelAlias {
        try await write { database in
            try Self.requireModel(model, database)
            return try Self.move(alias, of: model, to: version, ifGeneration: generation, at: time, database)
        }
    }

    public func removeAlias(
        _ alias: ResourceName, of model: ResourceName, ifGeneration generation: Int?
    ) async throws {
        try await write { database in
            try Self.requireModel(model, database)
            guard let current = try Self.alias(alias, of: model, database) else {
                throw CatalogErrors.unknownAlias(alias, of: model)
            }
            guard generation == nil || generation == current.generation else {
                throw CatalogErrors.generationMismatch(alias, of: model, is: current.generation)
            }
            try database.execute(
                sql: "DELETE FROM alias WHERE model = ? AND alias = ?", arguments: [model.text, alias.text])
        }
    }

    // MARK: Rows

    static func alias(_ row: Row) -> ModelAlias {
        ModelAlias(
            model: ResourceName(trusted: row["model"]), alias: ResourceName(trusted: row["alias"]),
            version: row["version"], generation: row["generation"], movedAt: row.date("moved_at") ?? .distantPast)
    }

    private static func alias(_ alias: ResourceName, of model: ResourceName, _ database: Database) throws -> ModelAlias?
    {
        try Row.fetchOne(
            database, sql: "SELECT * FROM alias WHERE model = ? AND alias = ?", arguments: [model.text, alias.text]
        ).map(Self.alias)
    }

    static func move(
        _ alias: ResourceName, of model: ResourceName, to version: Int, ifGeneration wanted: Int?, at time: Date,
        _ database: Database
    ) throws -> ModelAlias {
        guard try modelVersion(version, of: model, database) != nil else {
            throw CatalogErrors.unknownVersion(version, of: "model '\(model)'")
        }
        let current = try Self.alias(alias, of: model, database)
        // Generations go on where a removed alias of that name stopped, so that an old one never fits again.
        let last =
            try Int.fetchOne(
                database, sql: "SELECT max(generation) FROM alias_move WHERE model = ? AND alias = ?",
                arguments: [model.text, alias.text]) ?? 0
        if let wanted, wanted != current?.generation ?? 0 {
            throw CatalogErrors.generationMismatch(alias, of: model, is: current?.generation ?? 0)
        }
        let moved = ModelAlias(
            model: model, alias: alias, version: version, generation: last + 1, movedAt: Date(stored: time.stored))
        try database.execute(
            sql: """
                INSERT INTO alias (model, alias, version, generation, moved_at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET version = excluded.version, generation = excluded.generation,
                    moved_at = excluded.moved_at
                """, arguments: [model.text, alias.text, version, moved.generation, time.stored])
        try database.execute(
            sql: "INSERT INTO alias_move (model, alias, generation, version, moved_at) VALUES (?, ?, ?, ?, ?)",
            arguments: [model.text, alias.text, moved.generation, version, time.stored])
        return moved
    }
}

public import Domain
public import Foundation

extension InMemoryCatalog {
    public func aliases() async throws -> [ModelAlias] {
        try transact { state in
            state.models.values.flatMap { $0.aliases.values }.sorted { ($0.model, $0.alias) < ($1.model, $1.alias) }
        }
    }

    public func alias(_ alias: ResourceName, of model: ResourceName) async throws -> ModelAlias? {
        try transact { $0.models[model]?.aliases[alias] }
    }

    public func history(of alias: ResourceName, model: ResourceName, limit: Int) async throws -> [ModelAlias] {
        try transact { state in
            (state.models[model]?.moves ?? []).reversed().filter { $0.alias == alias }.prefix(limit).map { $0 }
        }
    }

    public func moveAlias(
        _ alias: ResourceName, of model: ResourceName, to version: Int, ifGeneration generation: Int?, at time: Date
    ) async throws -> ModelAlias {
        try transact { state in
            var record = try state.model(model)
            let moved = try record.move(alias, to: version, ifGeneration: generation, at: time)
            state.models[model] = record
            return moved
        }
    }

    public func removeAlias(
        _ alias: ResourceName, of model: ResourceName, ifGeneration generation: Int?
    ) async throws {
        try transact { state in
            var record = try state.model(model)
            guard let removed = record.aliases.removeValue(forKey: alias) else {
                throw CatalogErrors.unknownAlias(alias, of: model)
            }
            guard generation == nil || generation == removed.generation else {
                throw CatalogErrors.generationMismatch(alias, of: model, is: removed.generation)
            }
            state.models[model] = record
        }
    }
}

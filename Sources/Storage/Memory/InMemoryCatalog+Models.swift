public import Domain
public import Foundation

struct ModelRecord {
    let name: ResourceName
    let createdAt: Date
    var versionsSoFar = 0
    /// Those that have not been deleted.
    var versions: [ModelVersion] = []
    var aliases: [ResourceName: ModelAlias] = [:]
    /// Every move of every alias.
    var moves: [ModelAlias] = []

    var described: Model {
        Model(
            name: name, createdAt: createdAt, newestVersion: versions.last?.number ?? 0,
            aliases: aliases.values.sorted { $0.alias < $1.alias })
    }

    func version(_ number: Int) throws -> ModelVersion {
        guard let version = versions.first(where: { $0.number == number }) else {
            throw CatalogErrors.unknownVersion(number, of: "model '\(name)'")
        }
        return version
    }

    mutating func move(_ alias: ResourceName, to version: Int, ifGeneration wanted: Int?, at time: Date) throws
        -> ModelAlias
    {
        _ = try self.version(version)
        let generation = aliases[alias]?.generation ?? 0
        guard wanted == nil || wanted == generation else {
            throw CatalogErrors.generationMismatch(alias, of: name, is: generation)
        }
        let before = moves.last { $0.alias == alias }?.generation ?? 0
        let moved = ModelAlias(
            model: name, alias: alias, version: version, generation: before + 1, movedAt: time.inMilliseconds)
        aliases[alias] = moved
        moves.append(moved)
        return moved
    }
}

extension InMemoryCatalog {
    public func modelCount(besides name: ResourceName) async throws -> Int {
        try transact { state in
            let planned = state.jobs.map(\.job).filter { !$0.state.isFinal }.compactMap(\.model)
            return Set(state.models.keys).union(planned).subtracting([name]).count
        }
    }

    public func models(after name: ResourceName?, limit: Int) async throws -> [Model] {
        try transact { state in
            let rest = state.models.values.filter { record in name.map { record.name > $0 } ?? true }
            return rest.sorted { $0.name < $1.name }.prefix(limit).map(\.described)
        }
    }

    public func model(_ name: ResourceName) async throws -> Model? { try transact { $0.models[name]?.described } }

    public func versions(of model: ResourceName, before number: Int?, limit: Int) async throws -> [ModelVersion] {
        try transact { state in
            try state.model(model).versions.reversed().filter { $0.number < number ?? .max }.prefix(limit).map { $0 }
        }
    }

    public func version(_ number: Int, of model: ResourceName) async throws -> ModelVersion? {
        try transact { $0.models[model]?.versions.first { $0.number == number } }
    }

    public func publish(
        _ draft: ModelVersion, _ lease: JobLease, move: AliasMove?, splits: [Int64: Split], at time: Date
    ) async throws -> (version: ModelVersion, alias: ModelAlias?, job: Job) {
        try transact { state in
            let job = try state.leased(lease, of: .train).job
            let (version, alias) = try state.add(draft, move: move, at: time)
            if !splits.isEmpty, let name = draft.dataset {
                var dataset = try state.dataset(name)
                dataset.record(splits)
                state.datasets[name] = dataset
            }
            state.update(job.id) { $0.job.metrics = version.metrics }
            return (version, alias, state.end(job.id, as: .succeeded, modelVersion: version.number, at: time))
        }
    }

    public func add(
        imported draft: ModelVersion, move: AliasMove?, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> ImportedVersion {
        try transact { state in
            if case .version(let number, let createdAt) = try state.answer(to: idempotency, at: time),
                let known = try? state.models[draft.model]?.version(number), known.createdAt == createdAt
            {
                return ImportedVersion(version: known, alias: nil, isReplay: true)
            }
            let (version, alias) = try state.add(draft, move: move, at: time)
            state.remember(.version(version.number, at: version.createdAt), for: idempotency, at: time)
            return ImportedVersion(version: version, alias: alias)
        }
    }

    public func deleteVersion(_ number: Int, of model: ResourceName) async throws {
        try transact { state in
            var record = try state.model(model)
            let version = try record.version(number)
            if let alias = record.described.aliases.first(where: { $0.version == number }) {
                throw CatalogErrors.inUse(alias)
            }
            record.versions.removeAll { $0.number == number }
            state.models[model] = record
            state.garbage.formUnion(version.blobs)
        }
    }

    public func deleteModel(_ name: ResourceName) async throws {
        try transact { state in
            let record = try state.model(name)
            if let job = state.jobs.first(where: { !$0.job.state.isFinal && $0.job.model == name })?.job.id {
                throw CatalogErrors.inTraining(name, by: job)
            }
            state.models[name] = nil
            state.garbage.formUnion(record.versions.flatMap(\.blobs))
        }
    }
}

extension CatalogState {
    fileprivate mutating func add(
        _ draft: ModelVersion, move: AliasMove?, at time: Date
    ) throws -> (version: ModelVersion, alias: ModelAlias?) {
        var record = models[draft.model] ?? ModelRecord(name: draft.model, createdAt: time.inMilliseconds)
        record.versionsSoFar += 1
        let version = draft.numbered(record.versionsSoFar, at: time.inMilliseconds)
        record.versions.append(version)
        let alias = try move.map {
            try record.move($0.alias, to: version.number, ifGeneration: $0.ifGeneration, at: time)
        }
        models[draft.model] = record
        return (version, alias)
    }

    func model(_ name: ResourceName) throws -> ModelRecord {
        guard let record = models[name] else { throw CatalogErrors.unknownModel(name) }
        return record
    }
}

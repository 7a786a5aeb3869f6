public import Domain

/// The same questions by those for whom "there is none" is an error: `RegraftError`, as the protocols' own calls throw it.
extension DatasetCatalog {
    public func requiredDataset(_ name: ResourceName) async throws -> Dataset {
        guard let dataset = try await dataset(name) else { throw CatalogErrors.unknownDataset(name) }
        return dataset
    }

    public func requiredVersion(_ number: Int, of name: ResourceName) async throws -> DatasetVersion {
        let found: [DatasetVersion] = try await versions(
            of: name, before: number < .max ? number + 1 : number, limit: 1)
        guard let version = found.first, version.number == number else {
            throw CatalogErrors.unknownVersion(number, of: "dataset '\(name)'")
        }
        return version
    }

    public func requiredImage(_ id: Int64, of dataset: ResourceName) async throws -> DatasetImage {
        guard let image = try await image(id, of: dataset) else { throw CatalogErrors.unknownImage(id, of: dataset) }
        return image
    }
}

extension JobCatalog {
    public func requiredJob(_ id: JobID) async throws -> Job {
        guard let job = try await job(id) else { throw CatalogErrors.unknownJob(id) }
        return job
    }
}

extension ModelCatalog {
    public func requiredModel(_ name: ResourceName) async throws -> Model {
        guard let model = try await model(name) else { throw CatalogErrors.unknownModel(name) }
        return model
    }

    public func requiredVersion(_ number: Int, of model: ResourceName) async throws -> ModelVersion {
        if let version = try await version(number, of: model) { return version }
        _ = try await requiredModel(model)
        throw CatalogErrors.unknownVersion(number, of: "model '\(model)'")
    }

    /// The version that was made last, of those that are there.
    public func newestVersion(of model: ResourceName) async throws -> ModelVersion? {
        try await versions(of: model, before: nil, limit: 1).first
    }

    public func requiredAlias(_ name: ResourceName, of model: ResourceName) async throws -> ModelAlias {
        guard let alias = try await alias(name, of: model) else { throw CatalogErrors.unknownAlias(name, of: model) }
        return alias
    }
}

extension Dataset {
    /// - Throws: `RegraftError` (`dataset_busy`) while a version is being ingested, since the next one is numbered after it.
    public func requireNotIngesting() throws {
        if let ingesting { throw CatalogErrors.busy(ingesting) }
    }
}

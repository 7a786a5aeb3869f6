public import Domain

extension InMemoryCatalog {
    public func garbage(limit: Int) async throws -> [PhotoDigest] {
        try transact { Array($0.garbage.sorted().prefix(limit)) }
    }

    public func referenced(_ digests: [PhotoDigest]) async throws -> Set<PhotoDigest> {
        try transact { state in
            var needed = Set(state.jobs.compactMap(\.archive))
            for dataset in state.datasets.values {
                for version in dataset.versions { needed.formUnion(version.images.map(\.digest)) }
            }
            for model in state.models.values { needed.formUnion(model.versions.flatMap(\.blobs)) }
            return needed.intersection(digests)
        }
    }

    public func forgetGarbage(_ digests: [PhotoDigest]) async throws {
        try transact { $0.garbage.subtract(digests) }
    }
}

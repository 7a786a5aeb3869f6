public import Domain

extension InMemoryCatalog {
    public func datasets(after name: ResourceName?, limit: Int) async throws -> [Dataset] {
        try transact { state in
            let rest = state.datasets.values.filter { record in name.map { record.name > $0 } ?? true }
            return rest.sorted { $0.name < $1.name }.prefix(limit).map(\.described)
        }
    }

    public func dataset(_ name: ResourceName) async throws -> Dataset? {
        try transact { $0.datasets[name]?.described }
    }

    public func versions(of dataset: ResourceName, before number: Int?, limit: Int) async throws -> [DatasetVersion] {
        try transact { state in
            try state.dataset(dataset).versions.reversed().filter { $0.number < number ?? .max }.prefix(limit)
                .map { $0.described(as: dataset) }
        }
    }

    public func newestIngest(of dataset: ResourceName) async throws -> DatasetVersion? {
        try transact { state in
            try state.dataset(dataset).versions.last { version in
                version.state != .ingesting && [.upload, .importing].contains(version.origin)
            }?.described(as: dataset)
        }
    }

    public func labels(of dataset: ResourceName, version: Int) async throws -> [LabelCount] {
        try transact { state in
            var counts: [Label: LabelCount] = [:]
            for image in try state.images(of: dataset, version: version) {
                var count = counts[image.label] ?? LabelCount(label: image.label, images: 0, splits: [:])
                count.images += 1
                if let split = image.split { count.splits[split, default: 0] += 1 }
                counts[image.label] = count
            }
            return counts.values.sorted { $0.label < $1.label }
        }
    }

    public func images(
        of dataset: ResourceName, version: Int, label: Label?, split: Split?, after id: Int64?, limit: Int
    ) async throws -> [DatasetImage] {
        try transact { state in
            let wanted = try state.images(of: dataset, version: version).filter { image in
                image.id > id ?? 0 && (label == nil || image.label == label) && (split == nil || image.split == split)
            }
            return Array(wanted.prefix(limit))
        }
    }

    public func trainingImages(of dataset: ResourceName, version: Int) async throws -> [DatasetImage] {
        try transact { state in
            func key(_ image: DatasetImage) -> [[UInt8]] {
                [Array(image.label.text.utf8), Array(image.path.utf8), image.digest.bytes]
            }
            return try state.images(of: dataset, version: version).sorted { left, right in
                let (left, right) = (key(left), key(right))
                let part = left.indices.first { left[$0] != right[$0] }
                return part.map { left[$0].lexicographicallyPrecedes(right[$0]) } ?? false
            }
        }
    }

    public func image(_ id: Int64, of dataset: ResourceName) async throws -> DatasetImage? {
        try transact { state in
            let record = try state.dataset(dataset)
            let held = record.versions.last { $0.state == .ready && $0.images.contains { $0.id == id } }
            return held.flatMap { version in record.images(of: version).first { $0.id == id } }
        }
    }

    public func recordSplits(_ splits: [Int64: Split], of dataset: ResourceName) async throws {
        try transact { state in
            var record = try state.dataset(dataset)
            record.record(splits)
            state.datasets[dataset] = record
        }
    }

    public func deleteDataset(_ name: ResourceName) async throws {
        try transact { state in
            let record = try state.dataset(name)
            if let job = state.jobs.first(where: { !$0.job.state.isFinal && $0.job.dataset == name })?.job.id {
                throw CatalogErrors.inUse(name, by: job)
            }
            state.garbage.formUnion(record.versions.flatMap { $0.images.map(\.digest) })
            state.datasets[name] = nil
        }
    }

    public func refusals(of dataset: ResourceName, version: Int, after number: Int, limit: Int) async throws
        -> [Refusal]
    {
        try transact { state in
            let record = try state.dataset(dataset).version(version)
            try record.described(as: dataset).requireReport()
            let refused = record.refused.prefix(record.state == .failed ? DatasetVersion.failedReportLimit : .max)
            return refused.enumerated().map { Refusal(number: $0 + 1, file: $1) }
                .filter { $0.number > number }.prefix(limit).map { $0 }
        }
    }
}

extension CatalogState {
    func dataset(_ name: ResourceName) throws -> DatasetRecord {
        guard let record = datasets[name] else { throw CatalogErrors.unknownDataset(name) }
        return record
    }

    func images(of name: ResourceName, version: Int) throws -> [DatasetImage] {
        let record = try dataset(name)
        return record.images(of: try record.readyVersion(version))
    }

    func currentImage(_ id: Int64, of name: ResourceName) throws -> DatasetImage? {
        let record = try dataset(name)
        return record.current.flatMap { current in record.images(of: current).first { $0.id == id } }
    }
}

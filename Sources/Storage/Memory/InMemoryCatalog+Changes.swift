public import Domain
public import Foundation

extension InMemoryCatalog {
    public func add(
        _ images: [NewImage], to dataset: ResourceName, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> AddedImages {
        try transact { state in
            if case .images(let serial, let version, let ids) = try state.answer(to: idempotency, at: time),
                let record = state.datasets[dataset], record.serial == serial
            {
                let found = try ids.compactMap { try state.currentImage($0, of: dataset) }
                return AddedImages(
                    version: try record.version(version).described(as: dataset), images: found, isReplay: true)
            }
            if let current = state.datasets[dataset]?.current {
                let known = images.compactMap { current.image(like: $0)?.id }
                if known.count == images.count {
                    let serial = try state.dataset(dataset).serial
                    state.remember(
                        .images(dataset: serial, version: current.number, known), for: idempotency, at: time)
                    return AddedImages(
                        version: current.described(as: dataset),
                        images: try known.compactMap { try state.currentImage($0, of: dataset) })
                }
            }
            let (version, ids) = try state.change(dataset, .images, at: time) { state, version in
                images.map { state.include($0, in: &version) }
            }
            let serial = try state.dataset(dataset).serial
            state.remember(.images(dataset: serial, version: version.number, ids), for: idempotency, at: time)
            return AddedImages(
                version: version, images: try ids.compactMap { try state.currentImage($0, of: dataset) })
        }
    }

    public func relabel(
        _ id: Int64, of dataset: ResourceName, as label: Label, at time: Date
    ) async throws -> (version: DatasetVersion, image: DatasetImage) {
        try transact { state in
            let image = try state.requiredImage(id, of: dataset)
            if image.label == label, let current = state.datasets[dataset]?.current {
                return (current.described(as: dataset), image)
            }
            let renamed = NewImage(
                digest: image.digest, label: label, fileName: image.fileName, byteCount: image.byteCount)
            let (version, newID) = try state.change(dataset, .relabel, at: time) { state, version in
                version.images.removeAll { $0.id == id }
                return state.include(renamed, as: id, in: &version)
            }
            return (version, try state.requiredImage(newID, of: dataset))
        }
    }

    public func removeImage(_ id: Int64, of dataset: ResourceName, at time: Date) async throws -> DatasetVersion {
        try transact { state in
            _ = try state.requiredImage(id, of: dataset)
            return try state.change(dataset, .removal, at: time) { $1.images.removeAll { $0.id == id } }.0
        }
    }

    public func change(
        _ changes: [ImageChange], of dataset: ResourceName, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> ChangedImages {
        try transact { state in
            if case .changes(let serial, let version, let counts) = try state.answer(to: idempotency, at: time),
                let record = state.datasets[dataset], record.serial == serial
            {
                return ChangedImages(
                    version: try record.version(version).described(as: dataset), counts: counts, isReplay: true)
            }
            let record = try state.dataset(dataset)
            let plan = try ImageChangePlan(changes) { try state.requiredImage($0, of: dataset) }
            var changed: (version: DatasetVersion, counts: ChangedImages.Counts)
            if plan.leaving.isEmpty {
                guard let current = record.described.current else {
                    throw CatalogErrors.unknownVersion(1, of: "dataset '\(dataset)'")
                }
                changed = (current, ChangedImages.Counts())
            } else {
                changed = try state.change(dataset, plan.origin, at: time) { state, version in
                    var counts = ChangedImages.Counts()
                    counts.deleted = plan.deletedCount
                    let leaving = Set(plan.leaving.map(\.id))
                    version.images.removeAll { leaving.contains($0.id) }
                    for (id, image) in plan.returning {
                        let isBack = state.include(image, as: id, in: &version) == id
                        if isBack { counts.relabelled += 1 } else { counts.merged += 1 }
                    }
                    return counts
                }
            }
            state.remember(
                .changes(dataset: record.serial, version: changed.version.number, changed.counts), for: idempotency,
                at: time)
            return ChangedImages(version: changed.version, counts: changed.counts)
        }
    }
}

extension CatalogState {
    fileprivate func requiredImage(_ id: Int64, of dataset: ResourceName) throws -> DatasetImage {
        guard let image = try currentImage(id, of: dataset) else { throw CatalogErrors.unknownImage(id, of: dataset) }
        return image
    }

    mutating func datasetOrNew(_ name: ResourceName, at time: Date) -> DatasetRecord {
        if let known = datasets[name] { return known }
        datasetsSoFar += 1
        return DatasetRecord(name: name, serial: datasetsSoFar, createdAt: time.inMilliseconds)
    }

    /// Makes a new version out of the current one.
    fileprivate mutating func change<Value>(
        _ name: ResourceName, _ origin: DatasetVersion.Origin, at time: Date,
        _ body: (inout CatalogState, inout VersionRecord) -> Value
    ) throws -> (DatasetVersion, Value) {
        var record = datasetOrNew(name, at: time)
        let before = record.current?.images ?? []
        let number = try record.begin(.ready, origin, at: time)
        record.versions[number - 1].images = before
        let value = body(&self, &record.versions[number - 1])
        datasets[name] = record
        return (record.versions[number - 1].described(as: name), value)
    }

    /// Adds a photo to a version, unless it is there.
    /// - Returns: its id.
    mutating func include(_ new: NewImage, as id: Int64? = nil, in version: inout VersionRecord) -> Int64 {
        if let known = version.image(like: new) { return known.id }
        if id == nil { imagesSoFar += 1 }
        let image = DatasetImage(
            id: id ?? imagesSoFar, digest: new.digest, label: new.label, path: new.path, byteCount: new.byteCount,
            version: version.number, split: nil)
        let place = version.images.firstIndex { $0.id > image.id } ?? version.images.endIndex
        version.images.insert(image, at: place)
        return image.id
    }
}

import Domain
import Foundation

/// A dataset with its versions, from the first on.
struct DatasetRecord {
    let name: ResourceName
    /// Tells it from one of the same name that was deleted before.
    let serial: Int
    let createdAt: Date
    var versions: [VersionRecord] = []
    /// What each photo was last used for, under the label that it had then.
    var splits: [PhotoInPlace: Split] = [:]

    /// A photo's stay under one label.
    struct PhotoInPlace: Hashable {
        let id: Int64
        let since: Int

        init(_ image: DatasetImage) { (id, since) = (image.id, image.version) }
    }

    var current: VersionRecord? { versions.last { $0.state == .ready } }
    var ingesting: VersionRecord? { versions.last.flatMap { $0.state == .ingesting ? $0 : nil } }

    /// Of the photos that are there still.
    mutating func record(_ used: [Int64: Split]) {
        for image in current?.images ?? [] {
            if let split = used[image.id] { splits[PhotoInPlace(image)] = split }
        }
    }

    /// With the splits as they are known now.
    func images(of version: VersionRecord) -> [DatasetImage] {
        version.images.map { image in
            DatasetImage(
                id: image.id, digest: image.digest, label: image.label, path: image.path, byteCount: image.byteCount,
                version: image.version, split: splits[PhotoInPlace(image)])
        }
    }

    func version(_ number: Int) throws -> VersionRecord {
        guard versions.indices.contains(number - 1) else {
            throw CatalogErrors.unknownVersion(number, of: "dataset '\(name)'")
        }
        return versions[number - 1]
    }

    func readyVersion(_ number: Int) throws -> VersionRecord {
        let version = try version(number)
        try version.described(as: name).requireReady()
        return version
    }

    /// The next version, with nothing in it.
    mutating func begin(
        _ state: DatasetVersion.State, _ origin: DatasetVersion.Origin, job: JobID? = nil, at time: Date
    ) throws -> Int {
        if let ingesting { throw CatalogErrors.busy(ingesting.described(as: name)) }
        versions.append(
            VersionRecord(
                number: versions.count + 1, state: state, origin: origin, createdAt: time.inMilliseconds, job: job))
        return versions.count
    }

    var described: Dataset {
        Dataset(
            name: name, createdAt: createdAt, current: current?.described(as: name),
            ingesting: ingesting?.described(as: name))
    }
}

struct VersionRecord {
    let number: Int
    var state: DatasetVersion.State
    let origin: DatasetVersion.Origin
    let createdAt: Date
    let job: JobID?
    /// By id.
    var images: [DatasetImage] = []
    var refused: [RefusedFile] = []
    var ignored = 0

    func described(as dataset: ResourceName) -> DatasetVersion {
        DatasetVersion(
            dataset: dataset, number: number, state: state, origin: origin, createdAt: createdAt, job: job,
            imageCount: state == .ready ? images.count : 0, refusedCount: refused.count,
            ignoredCount: ignored)
    }

    func image(like new: NewImage) -> DatasetImage? {
        images.first { $0.digest == new.digest && $0.label == new.label }
    }
}

public import Domain

/// What came of changing photos of a dataset.
public struct ChangedImages: Sendable, Equatable {
    /// The one that the changes have made, or the current one where nothing was left to change.
    public let version: DatasetVersion
    public let counts: Counts
    /// Whether the same request was made before, and this is what came of it.
    public let isReplay: Bool

    public struct Counts: Sendable, Equatable, Codable {
        public var relabelled = 0
        public var deleted = 0
        /// Photos that were there under their new label already, so that one of the two has gone.
        public var merged = 0

        public init(relabelled: Int = 0, deleted: Int = 0, merged: Int = 0) {
            self.relabelled = relabelled
            self.deleted = deleted
            self.merged = merged
        }
    }

    init(version: DatasetVersion, counts: Counts, isReplay: Bool = false) {
        self.version = version
        self.counts = counts
        self.isReplay = isReplay
    }
}

/// Changes as they are carried out: all photos leave first, and then those come back that have another label, so that the order
/// of the changes means nothing and two photos can swap their labels.
struct ImageChangePlan {
    let leaving: [DatasetImage]
    /// Those that come back, as what.
    let returning: [(id: Int64, image: NewImage)]

    /// - Parameter find: the photo of the current version.
    /// - Throws: `image_changed_twice`, and what `find` throws.
    init(_ changes: [ImageChange], find: (Int64) throws -> DatasetImage) throws {
        var seen: Set<Int64> = []
        var leaving: [DatasetImage] = []
        var returning: [(id: Int64, image: NewImage)] = []
        for change in changes {
            guard seen.insert(change.image).inserted else { throw CatalogErrors.changedTwice(change.image) }
            let image = try find(change.image)
            if case .relabel(let label) = change.action {
                guard label != image.label else { continue }
                let new = NewImage(
                    digest: image.digest, label: label, fileName: image.fileName, byteCount: image.byteCount)
                returning.append((image.id, new))
            }
            leaving.append(image)
        }
        (self.leaving, self.returning) = (leaving, returning)
    }

    var origin: DatasetVersion.Origin { returning.isEmpty ? .removal : .relabel }
    var deletedCount: Int { leaving.count - returning.count }
}

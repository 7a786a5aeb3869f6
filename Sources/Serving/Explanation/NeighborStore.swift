public import Domain
import Inference
import Workers

/// Keeps the training photos of the versions that are asked about ready to be compared with pictures, as many as fit into its
/// memory, those that were used last. Their vectors come from the bottleneck cache: none is computed.
public actor NeighborStore {
    /// A version's training photos, or why there are none to compare with.
    public enum Photos: Sendable {
        case some(NeighborIndex)
        /// A sentence for a person.
        case none(String)
    }

    /// What stands behind it; may throw what storage throws.
    public struct Source: Sendable {
        /// Whether a version's dataset is still there.
        let isThere: @Sendable (ModelVersion) async throws -> Bool
        /// The photos of the dataset version that it was trained on; called only where the dataset is there.
        let photos: @Sendable (ModelVersion) async throws -> [DatasetImage]

        public init(
            isThere: @escaping @Sendable (ModelVersion) async throws -> Bool,
            photos: @escaping @Sendable (ModelVersion) async throws -> [DatasetImage]
        ) {
            self.isThere = isThere
            self.photos = photos
        }
    }

    private struct Key: Hashable {
        let head: PhotoDigest
        let dataset: ResourceName
        let datasetVersion: Int
    }

    private let limit: Int
    private let cache: any BottleneckCache
    private let source: Source
    /// Reads the disk, one version at a time.
    private let pool = WorkerPool(name: "neighbors", width: 1)
    private var tasks: [Key: Task<Photos, any Error>] = [:]
    /// The last used last.
    private var kept: [(key: Key, index: NeighborIndex)] = []

    /// - Parameter limit: in bytes (`classify.neighbor_memory`).
    public init(limit: Int, cache: any BottleneckCache, source: Source) {
        self.limit = limit
        self.cache = cache
        self.source = source
    }

    /// Bytes that are kept.
    package var byteCount: Int { kept.reduce(0) { $0 + $1.index.byteCount } }

    /// Training and validation photos of a model's version. Waits for the disk where they are not in memory.
    /// - Throws: what the source throws.
    public func photos(of model: ServedModel) async throws -> Photos {
        let version = model.version
        let key = Key(head: version.head, dataset: version.dataset, datasetVersion: version.datasetVersion)
        // Asked each time: photos that somebody has deleted are not shown.
        guard try await source.isThere(version) else {
            kept.removeAll { $0.key == key }
            return .none("The dataset '\(version.dataset)' that the model was trained on is no longer there.")
        }
        if let position = kept.firstIndex(where: { $0.key == key }) {
            let found = kept.remove(at: position)
            kept.append(found)
            return .some(found.index)
        }
        if let task = tasks[key] { return try await task.value }
        let task = Task { try await collect(model) }
        tasks[key] = task
        defer { tasks[key] = nil }
        let photos = try await task.value
        if case .some(let index) = photos { keep(index, key) }
        return photos
    }

    private func keep(_ index: NeighborIndex, _ key: Key) {
        kept.append((key, index))
        while byteCount > limit { kept.removeFirst() }
    }

    private func collect(_ model: ServedModel) async throws -> Photos {
        let version = model.version
        let images = try await source.photos(version).filter { $0.split == .train || $0.split == .validation }
        let featureCount = model.head.featureCount
        let needed = images.count * featureCount * MemoryLayout<Float>.stride
        guard needed <= limit else {
            return .none(
                "The \(images.count) photos that the model was trained on take \(needed >> 20) MiB of memory, and "
                    + "classify.neighbor_memory lets them have \(limit >> 20) MiB.")
        }
        let (cache, transform) = (cache, model.head.transform)
        let (backbone, preprocessing) = (model.engine.backbone.cacheKey, model.preprocessing.cacheKey)
        let index = try await pool.run { flag in
            var index = NeighborIndex(transform, featureCount: featureCount, capacity: images.count)
            for image in images {
                try flag.check()
                let key = BottleneckKey(
                    photo: image.digest, backbone: backbone, preprocessing: preprocessing, view: View.whole.name)
                // A cache that cannot be read is as good as an empty one.
                guard let bottleneck = try? cache.bottleneck(for: key), bottleneck.features.count == featureCount else {
                    continue
                }
                index.append(image, bottleneck.features)
            }
            return index
        }
        guard !index.isEmpty else {
            return .none(
                "None of the photos that the model was trained on is in the bottleneck cache any more; train again to fill it."
            )
        }
        return .some(index)
    }
}

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
        /// The number of the current version of a version's dataset; nil where the dataset is no longer there.
        let current: @Sendable (ModelVersion) async throws -> Int?
        /// The photos that it was trained on or chosen by, with what it used each for; nil where nobody knows.
        let photos: @Sendable (ModelVersion) async throws -> [DatasetImage]?
        /// Ids of the photos in a version of its dataset.
        let held: @Sendable (ModelVersion, Int) async throws -> Set<Int64>

        public init(
            current: @escaping @Sendable (ModelVersion) async throws -> Int?,
            photos: @escaping @Sendable (ModelVersion) async throws -> [DatasetImage]?,
            held: @escaping @Sendable (ModelVersion, Int) async throws -> Set<Int64>
        ) {
            self.current = current
            self.photos = photos
            self.held = held
        }
    }

    private struct Key: Hashable {
        let head: PhotoDigest
        /// Two versions may have one head, and other photos.
        let evaluation: PhotoDigest
        let dataset: ResourceName
        let datasetVersion: Int
    }

    /// A computation, which is of what the dataset holds.
    private struct Question: Hashable {
        let key: Key
        let current: Int
    }

    private struct Entry {
        let key: Key
        var index: NeighborIndex
        /// Photos whose bottleneck was not there. It may come: what is answered must not depend on when the first one asked.
        var missing: [DatasetImage]
        /// The dataset's version whose photos these are of; nil before that was looked at.
        var current: Int?
    }

    private let limit: Int
    private let cache: any BottleneckCache
    private let source: Source
    /// Reads the disk, one version at a time.
    private let pool = WorkerPool(name: "neighbors", width: 1)
    private var tasks: [Question: Task<Photos, any Error>] = [:]
    /// The last used last.
    private var kept: [Entry] = []

    /// - Parameter limit: in bytes (`classify.neighbor_memory`).
    public init(limit: Int, cache: any BottleneckCache, source: Source) {
        self.limit = limit
        self.cache = cache
        self.source = source
    }

    /// Bytes that are kept.
    package var byteCount: Int { kept.reduce(0) { $0 + $1.index.byteCount } }

    /// Training and validation photos of a model's version that its dataset still has. Waits for the disk where they are not in
    /// memory.
    /// - Throws: what the source throws.
    public func photos(of model: ServedModel) async throws -> Photos {
        let version = model.version
        guard let dataset = version.dataset, let datasetVersion = version.datasetVersion else {
            return .none(
                "The model was imported, and the photos that it was trained on are not here. Train it here, or ask the server that it "
                    + "comes from.")
        }
        let key = Key(
            head: version.head, evaluation: version.evaluation, dataset: dataset, datasetVersion: datasetVersion)
        // Asked each time: photos that somebody has deleted are not shown.
        guard let current = try await source.current(version) else {
            kept.removeAll { $0.key == key }
            return .none("The dataset '\(dataset)' that the model was trained on is no longer there.")
        }
        let question = Question(key: key, current: current)
        if let task = tasks[question] { return try await task.value }
        let task = Task { try await prepared(model, question) }
        tasks[question] = task
        defer { tasks[question] = nil }
        return try await task.value
    }

    private func prepared(_ model: ServedModel, _ question: Question) async throws -> Photos {
        guard var entry = try await entry(of: model.version, question.key, model.head) else {
            return .none(
                "The model's evaluation does not say which photos it was tested on, so nobody knows which it was trained on; "
                    + "train it anew.")
        }
        if entry.current != question.current {
            let held = try await source.held(model.version, question.current)
            entry.index.keep(where: { held.contains($0.id) })
            entry.missing.removeAll { !held.contains($0.id) }
            entry.current = question.current
        }
        let needed = entry.index.byteCount + entry.missing.count * model.head.featureCount * MemoryLayout<Float>.stride
        guard needed <= limit else {
            return .none(
                "The \(entry.index.count + entry.missing.count) photos that the model was trained on take \(needed >> 20) MiB of "
                    + "memory, and classify.neighbor_memory lets them have \(limit >> 20) MiB.")
        }
        if !entry.missing.isEmpty {
            (entry.index, entry.missing) = try await filled(entry.index, entry.missing, model)
        }
        guard !entry.index.isEmpty else {
            return .none(
                "None of the photos that the model was trained on is in the dataset and the bottleneck cache any more; train again "
                    + "to fill it.")
        }
        keep(entry)
        return .some(entry.index)
    }

    /// What is kept of a version, or one that has all before it; nil where nobody knows its photos.
    private func entry(of version: ModelVersion, _ key: Key, _ head: Head) async throws -> Entry? {
        if let known = kept.first(where: { $0.key == key }) { return known }
        guard let photos = try await source.photos(version) else { return nil }
        return Entry(
            key: key, index: NeighborIndex(head.transform, featureCount: head.featureCount), missing: photos,
            current: nil)
    }

    private func keep(_ entry: Entry) {
        kept.removeAll { $0.key == entry.key }
        kept.append(entry)
        while byteCount > limit { kept.removeFirst() }
    }

    private func filled(
        _ index: NeighborIndex, _ missing: [DatasetImage], _ model: ServedModel
    ) async throws -> (NeighborIndex, [DatasetImage]) {
        let (cache, featureCount) = (cache, model.head.featureCount)
        let (backbone, preprocessing) = (model.engine.backbone.cacheKey, model.preprocessing.cacheKey)
        return try await pool.run { flag in
            var (index, rest) = (index, [DatasetImage]())
            index.reserve(missing.count)
            for image in missing {
                try flag.check()
                let key = BottleneckKey(
                    photo: image.digest, backbone: backbone, preprocessing: preprocessing, view: View.whole.name)
                // A cache that cannot be read is as good as an empty one.
                guard let bottleneck = try? cache.bottleneck(for: key), bottleneck.features.count == featureCount else {
                    rest.append(image)
                    continue
                }
                index.append(image, bottleneck.features)
            }
            return (index, rest)
        }
    }
}

import Domain
import Serving
import Synchronization
import TestSupport
import Testing

/// Which training photos there are to compare with, how long they are kept, and what is said where there are none.
struct NeighborStoreTests {
    private final class Photos: Sendable {
        struct State {
            var isThere = true
            var current = 1
            var deleted: Set<Int64> = []
            var images: [DatasetImage] = []
            var reads = 0
        }

        let state = Mutex(State())

        var reads: Int { state.withLock { $0.reads } }
        var source: NeighborStore.Source {
            NeighborStore.Source { [self] _ in
                state.withLock { $0.isThere ? $0.current : nil }
            } photos: { [self] _ in
                state.withLock { state in
                    state.reads += 1
                    return state.images
                }
            } held: { [self] _, _ in
                state.withLock { state in Set(state.images.map(\.id)).subtracting(state.deleted) }
            }
        }
    }

    private let shop: Shop
    private let cache = StubCache()
    private let photos = Photos()

    init() throws { shop = try Shop() }

    private func store(limit: Int = 1 << 20) -> NeighborStore {
        NeighborStore(limit: limit, cache: cache, source: photos.source)
    }

    /// Puts a photo's bottleneck where training puts it.
    private func remember(_ photo: DatasetImage, _ features: [Float], of model: ServedModel, view: String = "") throws {
        let key = BottleneckKey(
            photo: photo.digest, backbone: model.engine.backbone.cacheKey, preprocessing: model.preprocessing.cacheKey,
            view: view)
        try cache.store([(key, Bottleneck(features: features, appearance: 0))])
    }

    private func ids(_ photos: NeighborStore.Photos) -> [Int64]? {
        guard case .some(let index) = photos else { return nil }
        return index.nearest(to: [1, 1, 1], 50).map(\.photo.id).sorted()
    }

    private func note(_ photos: NeighborStore.Photos) -> String {
        guard case .none(let reason) = photos else { return "" }
        return reason
    }

    // Of the photos that the model was trained on those whose bottlenecks are there: no distorted views, nor vectors of another
    // length.
    @Test func takesWhatIsInTheCache() async throws {
        let model = try await shop.load(1)
        let splits: [Split?] = [.train, .validation, .train, .train, .train]
        let images = splits.enumerated().map { NeighborIndexTests.photo(Int64($0 + 1), $1) }
        photos.state.withLock { $0.images = images }
        for image in images[..<2] { try remember(image, [1, 2, 3], of: model) }
        try remember(images[2], [1, 2, 3], of: model, view: "flip=1")
        try remember(images[3], [1, 2], of: model)
        #expect(ids(try await store().photos(of: model)) == [1, 2])
    }

    // Kept or not, the answer is that of what is there now: deleted photos go, bottlenecks that come are found.
    @Test func followsWhatIsThere() async throws {
        let model = try await shop.load(1)
        let images = (1...4).map { NeighborIndexTests.photo(Int64($0)) }
        photos.state.withLock { $0.images = images }
        for image in images[..<3] { try remember(image, [1, 2, 3], of: model) }
        let store = store()
        #expect(ids(try await store.photos(of: model)) == [1, 2, 3])
        photos.state.withLock { ($0.current, $0.deleted) = (2, [2]) }
        #expect(ids(try await store.photos(of: model)) == [1, 3])
        try remember(images[3], [1, 2, 3], of: model)
        #expect(ids(try await store.photos(of: model)) == [1, 3, 4])
        #expect(ids(try await self.store().photos(of: model)) == [1, 3, 4] && photos.reads == 2)
    }

    @Test func saysWhyThereAreNone() async throws {
        let model = try await shop.load(1)
        photos.state.withLock { $0.images = [NeighborIndexTests.photo(1)] }
        let store = store()
        #expect(note(try await store.photos(of: model)).contains("train again"))
        // What is trained again is found.
        try remember(NeighborIndexTests.photo(1), [1, 2, 3], of: model)
        #expect(ids(try await store.photos(of: model)) == [1])
        photos.state.withLock { $0.isThere = false }
        #expect(note(try await store.photos(of: model)).contains("'pets'"))
        #expect(await store.byteCount == 0, "photos of a dataset that is gone are not kept")
        photos.state.withLock { $0.isThere = true }
        cache.fail(with: RegraftError("io", "The disk is gone."))
        #expect(note(try await store.photos(of: model)).contains("train again"))
    }

    // Three numbers a photo, four bytes a number.
    @Test func keepsWhatFits() async throws {
        let images = (1...10).map { NeighborIndexTests.photo(Int64($0)) }
        photos.state.withLock { $0.images = images }
        let models = try await [shop.load(1), shop.load(2), shop.load(3)]
        for image in images { try remember(image, [1, 2, 3], of: models[0]) }
        let store = store(limit: 240)
        // A look keeps a model: the second goes when the third comes, the first stays.
        for (model, reads) in [(0, 1), (0, 1), (1, 2), (0, 2), (2, 3), (0, 3), (2, 3), (1, 4)] {
            #expect(ids(try await store.photos(of: models[model])) == Array(1...10))
            #expect(photos.reads == reads)
            #expect(await store.byteCount <= 240)
        }
        let tooSmall = self.store(limit: 119)
        #expect(note(try await tooSmall.photos(of: models[0])).contains("classify.neighbor_memory"))
        #expect(await tooSmall.byteCount == 0)
    }

    @Test func readsOnceForManyAtOnce() async throws {
        let model = try await shop.load(1)
        photos.state.withLock { $0.images = [NeighborIndexTests.photo(1)] }
        try remember(NeighborIndexTests.photo(1), [1, 2, 3], of: model)
        let store = store()
        try await withThrowingTaskGroup(of: [Int64]?.self) { group in
            for _ in 0..<16 { group.addTask { ids(try await store.photos(of: model)) } }
            for try await found in group { #expect(found == [1]) }
        }
        #expect(photos.reads == 1)
        #expect(await store.byteCount == 12)
    }
}

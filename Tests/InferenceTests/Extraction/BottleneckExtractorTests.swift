import Domain
import Foundation
import Glibc
import Images
import Inference
import Synchronization
import TestSupport
import Testing
import Workers

@Suite(.timeLimit(.minutes(5)))
struct BottleneckExtractorTests {
    private static let preprocessing = Preprocessing(width: 8, height: 8, fit: .squash)

    private func extractor(
        _ engine: StubEngine, cache: (any BottleneckCache)? = nil, width: Int = 4,
        preprocessing: Preprocessing = preprocessing
    ) -> BottleneckExtractor {
        BottleneckExtractor(
            engine: engine, preprocessing: preprocessing, cache: cache, pool: WorkerPool(name: "test", width: width))
    }

    /// Photos of one colour each, and what the stub engine makes of them.
    private func photo(_ number: Int) -> PhotoSource {
        let file = MadePicture.plain(number).png()
        return PhotoSource(name: "\(number).png") { file }
    }

    private func features(_ number: Int) -> [Float] { StubEngine.features(of: MadePicture.plain(number).pixels) }

    private func features(_ extraction: Extraction) -> [[Float]?] {
        extraction.photos.map { try? $0.get().bottlenecks[0].features }
    }

    // Results stand in the order of the photos, however many workers there were.
    @Test(arguments: [(1, 1), (4, 4), (4, 2), (2, 8)])
    func keepsTheOrder(streams: Int, width: Int) async throws {
        let engine = try StubEngine(streams: streams)
        let extraction = try await extractor(engine, width: width).extract((0..<100).map(photo))
        #expect(features(extraction) == (0..<100).map(features))
        #expect(engine.runCount == 100)
        #expect(extraction.progress.done == 100 && extraction.progress.computed == 100)
        #expect(extraction.progress.refused == 0 && extraction.cacheFailure == nil)
    }

    @Test func takesNoPhotosAtAll() async throws {
        #expect(try await extractor(StubEngine()).extract([]).photos.isEmpty)
    }

    // A photo that cannot be used has its reason at its place; the rest is done.
    @Test func goesOnAfterBadPhotos() async throws {
        let engine = try StubEngine(streams: 2)
        let sources = [
            photo(1), PhotoSource(name: "text") { Data("no picture".utf8) }, photo(2),
            PhotoSource(name: "gone") { () throws(ImageError) -> Data in throw ImageError(.unreadable, "it is gone") },
            PhotoSource(name: "empty") { Data() }, photo(3),
        ]
        let extraction = try await extractor(engine).extract(sources)
        #expect(features(extraction) == [features(1), nil, features(2), nil, nil, features(3)])
        let codes = extraction.photos.map { photo in
            if case .failure(let error) = photo { error.code } else { ImageError.Code?.none }
        }
        #expect(codes == [nil, .unsupported, nil, .unreadable, .empty, nil])
        #expect(extraction.progress.done == 6 && extraction.progress.refused == 3)
    }

    // One call at a time, each with one photo more, the last with all of them.
    @Test func reportsProgress() async throws {
        let record = Recorder()
        _ = try await extractor(StubEngine(streams: 4)).extract(
            (0..<50).map(photo), progress: { record.append($0.done) })
        #expect(record.values == Array(1...50))
    }

    private final class Recorder: Sendable {
        private let state = Mutex<[Int]>([])
        func append(_ number: Int) { state.withLock { $0.append(number) } }
        var values: [Int] { state.withLock { $0 } }
    }

    // With 40 photos known, ten more cost ten runs.
    @Test func computesOnlyWhatIsNew() async throws {
        let (engine, cache) = (try StubEngine(streams: 2), StubCache())
        let extractor = extractor(engine, cache: cache)
        _ = try await extractor.extract((0..<40).map(photo))
        #expect(engine.runCount == 40 && cache.bottlenecks.count == 40)
        let extraction = try await extractor.extract((0..<50).map(photo))
        #expect(engine.runCount == 50 && extraction.progress.computed == 10)
        #expect(features(extraction) == (0..<50).map(features))
    }

    // By content and not by name: a replaced photo is computed anew, a renamed one is not.
    @Test func goesByContent() async throws {
        let (engine, cache) = (try StubEngine(), StubCache())
        let extractor = extractor(engine, cache: cache)
        let (old, new) = (MadePicture.plain(1).png(), MadePicture.plain(2).png())
        _ = try await extractor.extract([PhotoSource(name: "a") { old }])
        let replaced = try await extractor.extract([PhotoSource(name: "a") { new }])
        #expect(features(replaced) == [features(2)] && engine.runCount == 2)
        let renamed = try await extractor.extract([PhotoSource(name: "b") { old }])
        #expect(features(renamed) == [features(1)] && engine.runCount == 2)
    }

    // Where the digest is known, what is in the cache needs no file; what is not is read once, for all its views.
    @Test func readsNoFileTwice() async throws {
        let (engine, cache) = (try StubEngine(), StubCache())
        let extractor = extractor(engine, cache: cache)
        let reads = Recorder()
        let file = MadePicture.plain(1).png()
        let digest = PhotoDigest(bytes: [UInt8](repeating: 7, count: 32))
        let source = PhotoSource(name: "a", digest: digest) {
            reads.append(1)
            return file
        }
        let views = [View.whole, View(name: "dark", brightness: 0)]
        let first = try await extractor.extract([source], views: { _ in views })
        #expect(reads.values == [1] && engine.runCount == 2)
        let second = try await extractor.extract([source], views: { _ in views })
        #expect(reads.values == [1] && features(second) == features(first) && engine.runCount == 2)
    }

    // Another way of preparing photos has vectors of its own.
    @Test func keepsPreprocessingsApart() async throws {
        let (engine, cache) = (try StubEngine(), StubCache())
        _ = try await extractor(engine, cache: cache).extract([photo(1)])
        let other = Preprocessing(width: 8, height: 8, fit: .pad)
        _ = try await extractor(engine, cache: cache, preprocessing: other).extract([photo(1)])
        #expect(engine.runCount == 2 && cache.bottlenecks.count == 2)
    }

    // Views are in the order asked for, each cached under its own name.
    @Test func computesViews() async throws {
        let (engine, cache) = (try StubEngine(), StubCache())
        let extractor = extractor(engine, cache: cache)
        let views = [View.whole, View(name: "dark", brightness: 0), View(name: "half", brightness: 0.5)]
        for _ in 0..<2 {
            let extraction = try await extractor.extract([photo(1)], views: { _ in views })
            let found = try extraction.photos[0].get().bottlenecks.map(\.features)
            #expect(found[0] == features(1) && found[1] == [0, 0, 0])
            #expect(found[2] == features(1).map { ($0 * 0.5).rounded() })
        }
        #expect(engine.runCount == 3)
    }

    // A vector of another length is not taken, and replaced.
    @Test func mendsAVectorOfTheWrongLength() async throws {
        let (engine, cache) = (try StubEngine(), StubCache())
        let extractor = extractor(engine, cache: cache)
        _ = try await extractor.extract([photo(1)])
        let key = try #require(cache.bottlenecks.keys.first)
        try cache.store([(key, Bottleneck(features: [1, 2], appearance: 0))])
        #expect(try await features(extractor.extract([photo(1)])) == [features(1)])
        #expect(cache.bottlenecks[key]?.features == features(1))
    }

    // What had been computed when it was cancelled is in the cache: two runs compute nothing twice.
    @Test(arguments: [1, 3])
    func resumesAfterACancellation(streams: Int) async throws {
        let cache = StubCache()
        let canceller = Canceller()
        let engine = try StubEngine(streams: streams) { run, _ in if run == 25 { canceller.cancel() } }
        let extractor = extractor(engine, cache: cache)
        let photos = (0..<100).map(photo)
        let task = Task {
            await canceller.isReady()
            return try await extractor.extract(photos)
        }
        canceller.arm { task.cancel() }
        await #expect(throws: CancellationError.self) { try await task.value }
        let computed = engine.runCount
        // Each worker, two more than there are streams, ends with the photo it is at.
        #expect(computed >= 25 && computed <= 26 + streams)
        #expect(cache.bottlenecks.count == computed)
        let extraction = try await extractor.extract(photos)
        #expect(engine.runCount == 100 && extraction.progress.computed == 100 - computed)
        #expect(features(extraction) == (0..<100).map(features))
    }

    /// Cancels a task that is made after it.
    private final class Canceller: Sendable {
        private let action = Mutex<(@Sendable () -> Void)?>(nil)

        func arm(_ action: @escaping @Sendable () -> Void) { self.action.withLock { $0 = action } }
        func cancel() { action.withLock { $0 }?() }
        func isReady() async { while action.withLock({ $0 == nil }) { await Task.yield() } }
    }

    // A cache that fails, on reading or on writing, costs time and is reported; the vectors are all there.
    @Test func goesOnWithoutACacheThatFails() async throws {
        let (engine, cache) = (try StubEngine(streams: 2), StubCache())
        cache.fail(with: RegraftError("disk_full", "The disk is full."))
        let extraction = try await extractor(engine, cache: cache).extract((0..<30).map(photo))
        #expect(features(extraction) == (0..<30).map(features))
        #expect((extraction.cacheFailure as? RegraftError)?.code == "disk_full")
    }

    // A full disk can be read: what was computed before is not computed anew.
    @Test func readsACacheThatStoresNothing() async throws {
        let (engine, cache) = (try StubEngine(), StubCache())
        _ = try await extractor(engine, cache: cache, width: 1).extract((30..<60).map(photo))
        cache.fail(with: RegraftError("disk_full", "The disk is full."), reading: false)
        let extraction = try await extractor(engine, cache: cache, width: 1).extract((0..<60).map(photo))
        #expect(features(extraction) == (0..<60).map(features))
        #expect(extraction.progress.computed == 30 && extraction.cacheFailure != nil)
        #expect(cache.bottlenecks.count == 30)
    }

    @Test func goesOnWhenTheCacheFailsInTheMiddle() async throws {
        let cache = StubCache()
        let engine = try StubEngine { run, _ in
            if run == 20 { cache.fail(with: RegraftError("disk_full", "The disk is full.")) }
        }
        let extraction = try await extractor(engine, cache: cache, width: 1).extract((0..<40).map(photo))
        #expect(features(extraction) == (0..<40).map(features))
        #expect(extraction.cacheFailure != nil)
        #expect(cache.bottlenecks.count == 16)
    }

    // Infinite or undefined features would spoil every model trained on them.
    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func refusesFeaturesThatAreNotFinite(bad: Float) async throws {
        let cache = StubCache()
        let engine = try StubEngine { run, features in if run == 2 { features[1] = bad } }
        let extraction = try await extractor(engine, cache: cache, width: 1).extract((0..<3).map(photo))
        #expect(features(extraction) == [features(0), nil, features(2)])
        #expect(extraction.progress.refused == 1 && cache.bottlenecks.count == 2)
    }

    // An engine that fails ends the whole run, with its error and soon: the other workers stop.
    @Test func stopsWhenTheEngineFails() async throws {
        let cache = StubCache()
        let engine = try StubEngine(streams: 2) { run, _ in
            if run == 10 { throw RegraftError("inference_failed", "no memory") }
            usleep(1000)
        }
        let error = await #expect(throws: RegraftError.self) {
            try await extractor(engine, cache: cache).extract((0..<2000).map(photo))
        }
        #expect(error?.code == "inference_failed")
        #expect(engine.runCount < 1000)
    }

    // Two trainings on one pool: the second does not wait until the first is through all of its photos.
    @Test func sharesThePool() async throws {
        let (pool, latch) = (WorkerPool(name: "test", width: 2), Latch())
        let first = try StubEngine { _, _ in latch.wait() }
        let seen = Mutex<[Int]>([])
        let second = try StubEngine { _, _ in seen.withLock { $0.append(first.runCount) } }
        func extractor(_ engine: StubEngine) -> BottleneckExtractor {
            BottleneckExtractor(
                engine: engine, preprocessing: engine.backbone.descriptor.preprocessing(.crop), cache: nil, pool: pool)
        }
        let (large, small) = (extractor(first), extractor(second))
        async let all = large.extract((0..<400).map(photo))
        while latch.count < 2 { await Task.yield() }
        async let few = small.extract((0..<4).map(photo))
        while !pool.isWanted { await Task.yield() }
        latch.open()
        #expect(try await features(few) == (0..<4).map(features))
        #expect(try await features(all) == (0..<400).map(features))
        // Photo by photo: each has two workers, and takes turns.
        #expect(seen.withLock { $0.max() ?? 400 } < 40)
    }
}

import Crypto
public import Domain
import Foundation
public import Images
import Synchronization
public import Workers

/// Runs photos through a backbone: read, hash, look up, decode, infer, keep.
///
/// Workers take photo after photo; each decodes one, and then waits while one of the engine's streams infers it. There are
/// two workers more than streams, so that a stream that has finished finds the next photo ready instead of waiting for it:
/// measured on two cores, 5 % more photos a second than with as many workers as streams. Where another extraction waits for the
/// pool, a worker is given up after each photo, so that the two go on side by side.
public final class BottleneckExtractor: Sendable {
    private let engine: any InferenceEngine
    private let preprocessing: Preprocessing
    private let limits: ImageLimits
    private let cache: (any BottleneckCache)?
    private let pool: WorkerPool
    private let giveWay: GiveWay

    /// Blocks until a worker may work on one photo, and returns what to call after it.
    public typealias GiveWay = @Sendable () -> @Sendable () -> Void

    /// Vectors that a worker computes before it stores them in one transaction: at most these are lost by a kill.
    private static let storedAtOnce = 16

    /// - Parameter giveWay: by default nothing goes before.
    public init(
        engine: any InferenceEngine, preprocessing: Preprocessing, limits: ImageLimits = ImageLimits(),
        cache: (any BottleneckCache)?, pool: WorkerPool, giveWay: @escaping GiveWay = { {} }
    ) {
        self.engine = engine
        self.preprocessing = preprocessing
        self.limits = limits
        self.cache = cache
        self.pool = pool
        self.giveWay = giveWay
    }

    /// Bottlenecks of all photos. A photo that cannot be used has its reason in the result and stops nothing.
    /// - Parameters:
    ///   - views: which views of a photo are wanted; by default the photo as it is.
    ///   - progress: called after photos, from any worker, one call at a time, with growing numbers; the last is called
    ///     with all photos done.
    /// - Throws: `RegraftError` when the engine fails; `CancellationError`, after storing what was computed.
    public func extract(
        _ sources: [PhotoSource], views: @escaping @Sendable (PhotoDigest) -> [View] = { _ in [.whole] },
        progress: @escaping @Sendable (ExtractionProgress) -> Void = { _ in }
    ) async throws -> Extraction {
        let shared = Shared(count: sources.count, report: progress)
        let workers = max(1, min(engine.streamCount + 2, pool.width, sources.count))
        let benches = Benches()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<workers {
                group.addTask { [self] in
                    while try await pool.run({ [self] flag in try turn(sources, views, shared, benches, flag) }) {}
                }
            }
            // Not `waitForAll`, which waits for the others and only then throws, without cancelling them.
            for try await _ in group {}
        }
        return shared.extraction()
    }

    /// Extracts photos on a worker until there are none, or until somebody else wants the worker.
    /// - Returns: whether there may be more.
    private func turn(
        _ sources: [PhotoSource], _ views: (PhotoDigest) -> [View], _ shared: Shared, _ benches: Benches,
        _ flag: CancellationFlag
    ) throws -> Bool {
        let worker = try benches.take() ?? makeWorker(shared)
        defer {
            // What is computed when a run is cancelled is kept for the next one.
            worker.storePending()
            benches.put(worker)
        }
        try flag.check()
        while let index = shared.nextIndex() {
            shared.finish(index, try worker.extract(sources[index], views))
            if pool.isWanted { return true }
            try flag.check()
        }
        return false
    }

    private func makeWorker(_ shared: Shared) throws -> Worker {
        Worker(
            session: try engine.makeSession(), decoder: PhotoDecoder(limits: limits), extractor: self, shared: shared)
    }

    /// Workers of an extraction that nobody is using at the moment.
    private final class Benches: Sendable {
        private let workers = Mutex<[Worker]>([])

        func take() -> Worker? { workers.withLock { $0.popLast() } }
        func put(_ worker: Worker) { workers.withLock { $0.append(worker) } }
    }

    /// What the workers of one extraction share.
    private final class Shared: Sendable {
        private struct State {
            var next = 0
            var photos: [Result<ExtractedPhoto, ImageError>?]
            var progress: ExtractionProgress
            var cacheFailure: (any Error)?
            var isReadable = true
            var isWritable = true
        }

        private let state: Mutex<State>
        private let report: @Sendable (ExtractionProgress) -> Void
        /// The last number of done photos that was reported. Not the other lock, so that a worker that takes a photo does
        /// not wait for another's terminal.
        private let reported = Mutex(0)

        init(count: Int, report: @escaping @Sendable (ExtractionProgress) -> Void) {
            state = Mutex(
                State(photos: Array(repeating: nil, count: count), progress: ExtractionProgress(total: count)))
            self.report = report
        }

        func nextIndex() -> Int? {
            state.withLock { state in
                guard state.next < state.photos.count else { return nil }
                defer { state.next += 1 }
                return state.next
            }
        }

        func finish(_ index: Int, _ outcome: (Result<ExtractedPhoto, ImageError>, computed: Int)) {
            let progress = state.withLock { state in
                state.photos[index] = outcome.0
                state.progress.done += 1
                state.progress.computed += outcome.computed
                if case .failure = outcome.0 { state.progress.refused += 1 }
                return state.progress
            }
            reported.withLock { last in
                // Another worker may have come between; numbers never fall.
                guard progress.done > last else { return }
                last = progress.done
                report(progress)
            }
        }

        var isCacheReadable: Bool { state.withLock { $0.isReadable } }
        var isCacheWritable: Bool { state.withLock { $0.isWritable } }

        /// What the cache has may be had all the same: a full disk can be read.
        func giveUpStoring(_ error: any Error) {
            state.withLock { ($0.isWritable, $0.cacheFailure) = (false, $0.cacheFailure ?? error) }
        }

        func giveUpCache(_ error: any Error) {
            state.withLock { state in
                (state.isReadable, state.isWritable, state.cacheFailure) = (false, false, state.cacheFailure ?? error)
            }
        }

        func extraction() -> Extraction {
            state.withLock { state in
                Extraction(
                    photos: state.photos.compactMap(\.self), progress: state.progress,
                    cacheFailure: state.cacheFailure)
            }
        }
    }

    /// Everything that one worker owns. `@unchecked Sendable`: whoever has taken it from the benches is the only one to use it.
    private final class Worker: @unchecked Sendable {
        private let session: any InferenceSession
        private let decoder: PhotoDecoder
        private let extractor: BottleneckExtractor
        private let shared: Shared
        private let backboneKey: String
        private let preprocessingKey: String
        private var pending: [(key: BottleneckKey, value: Bottleneck)] = []

        init(session: any InferenceSession, decoder: PhotoDecoder, extractor: BottleneckExtractor, shared: Shared) {
            self.session = session
            self.decoder = decoder
            self.extractor = extractor
            self.shared = shared
            backboneKey = extractor.engine.backbone.cacheKey
            preprocessingKey = extractor.preprocessing.cacheKey
        }

        func extract(
            _ source: PhotoSource, _ views: (PhotoDigest) -> [View]
        ) throws -> (Result<ExtractedPhoto, ImageError>, computed: Int) {
            var computed = 0
            do {
                var file = source.digest == nil ? try source.load() : nil
                let digest = source.digest ?? PhotoDigest(bytes: Array(SHA256.hash(data: file ?? Data())))
                let bottlenecks = try views(digest).map { view in
                    let key = BottleneckKey(
                        photo: digest, backbone: backboneKey, preprocessing: preprocessingKey, view: view.name)
                    if let known = lookUp(key) { return known }
                    let finish = extractor.giveWay()
                    defer { finish() }
                    let bytes = try file ?? source.load()
                    file = bytes
                    let bottleneck = try compute(bytes, view)
                    computed += 1
                    keep(key, bottleneck)
                    return bottleneck
                }
                return (.success(ExtractedPhoto(digest: digest, bottlenecks: bottlenecks)), computed)
            } catch let error as ImageError {
                return (.failure(error), computed)
            }
        }

        private func compute(_ file: Data, _ view: View) throws -> Bottleneck {
            try file.withUnsafeBytes { bytes in
                try decoder.decode(bytes, extractor.preprocessing, view: view, into: session.input)
            }
            let appearance = Appearance.hash(
                UnsafeBufferPointer(session.input), width: extractor.preprocessing.width,
                height: extractor.preprocessing.height)
            try session.run()
            let features = Array(session.output(.features))
            guard features.allSatisfy(\.isFinite) else {
                throw ImageError(.corrupt, "the backbone gives no finite numbers for it")
            }
            return Bottleneck(features: features, appearance: appearance)
        }

        private func lookUp(_ key: BottleneckKey) -> Bottleneck? {
            guard let cache = extractor.cache, shared.isCacheReadable else { return nil }
            do {
                // Another length can only be damage: computing it anew mends it.
                return try cache.bottleneck(for: key).flatMap {
                    $0.features.count == extractor.engine.size(of: .features) ? $0 : nil
                }
            } catch {
                shared.giveUpCache(error)
                return nil
            }
        }

        private func keep(_ key: BottleneckKey, _ bottleneck: Bottleneck) {
            guard extractor.cache != nil else { return }
            pending.append((key, bottleneck))
            if pending.count >= BottleneckExtractor.storedAtOnce { storePending() }
        }

        func storePending() {
            guard let cache = extractor.cache, !pending.isEmpty else { return }
            defer { pending.removeAll(keepingCapacity: true) }
            guard shared.isCacheWritable else { return }
            do { try cache.store(pending) } catch { shared.giveUpStoring(error) }
        }
    }
}

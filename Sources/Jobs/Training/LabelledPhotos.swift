public import Domain
public import Inference
public import Training
public import Workers

/// Photos with their labels as bottlenecks: those that could be used, and what a person should know of the others.
public struct LabelledPhotos: Sendable {
    /// A photo that has not been read yet.
    public struct Candidate: Sendable {
        /// `label/file name`
        public let path: String
        /// The index of its label.
        public let classIndex: Int
        public let source: PhotoSource

        public init(path: String, classIndex: Int, source: PhotoSource) {
            self.path = path
            self.classIndex = classIndex
            self.source = source
        }
    }

    /// Labels that have a usable photo.
    public private(set) var labels: [String]
    public private(set) var photos: [SplitPlan.Photo]
    /// Of each photo, the position of its candidate.
    public private(set) var candidateIndices: [Int]
    /// Distorted views of some photos, by position in `photos`.
    public private(set) var views: [Int: [Bottleneck]] = [:]
    public private(set) var refusals: [(path: String, error: ImageError)] = []
    /// Labels that are left out because none of their photos could be used.
    public private(set) var emptyLabels: [String] = []
    /// Why bottlenecks were not kept from some photo on.
    public let cacheFailure: (any Error)?
    private var sources: [PhotoSource]

    /// Runs photos through the backbone.
    /// - Throws: `RegraftError` when the engine fails; `CancellationError`, after storing what was computed.
    public static func extract(
        _ candidates: [Candidate], labels: [String], _ extractor: BottleneckExtractor,
        progress: @escaping @Sendable (ExtractionProgress) -> Void
    ) async throws -> LabelledPhotos {
        let extraction = try await extractor.extract(candidates.map(\.source), progress: progress)
        return LabelledPhotos(candidates, labels: labels, extraction)
    }

    private init(_ candidates: [Candidate], labels: [String], _ extraction: Extraction) {
        (photos, sources, candidateIndices) = ([], [], [])
        self.labels = labels
        cacheFailure = extraction.cacheFailure
        for (index, outcome) in extraction.photos.enumerated() {
            let candidate = candidates[index]
            switch outcome {
            case .success(let extracted):
                photos.append(
                    SplitPlan.Photo(
                        path: candidate.path, classIndex: candidate.classIndex, digest: extracted.digest,
                        bottleneck: extracted.bottlenecks[0]))
                sources.append(candidate.source)
                candidateIndices.append(index)
            case .failure(let error): refusals.append((candidate.path, error))
            }
        }
        dropEmptyClasses()
    }

    private mutating func dropEmptyClasses() {
        let present = Set(photos.map(\.classIndex))
        let kept = labels.indices.filter(present.contains)
        guard kept.count < labels.count else { return }
        emptyLabels = labels.indices.filter { !present.contains($0) }.map { labels[$0] }
        let renumbered = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
        labels = kept.map { labels[$0] }
        photos = photos.map {
            SplitPlan.Photo(
                path: $0.path, classIndex: renumbered[$0.classIndex] ?? 0, digest: $0.digest, bottleneck: $0.bottleneck)
        }
    }

    /// Where a photo is read from, by its position in `photos`.
    public func file(of photo: Int) -> PhotoSource { sources[photo] }

    /// Whether these photos, cropped, are recognised at least as well as the same ones squashed.
    /// - Parameters:
    ///   - plan: of both.
    ///   - progress: called from any thread.
    public func chooseFit(
        _ squashed: LabelledPhotos, _ plan: SplitPlan, seed: UInt64, _ pool: WorkerPool, progress: @escaping FitProgress
    ) async throws -> FitChoice {
        guard squashed.candidateIndices == candidateIndices else { return FitChoice(mode: .crop) }
        let (labels, first, second) = (labels, photos, squashed.photos)
        let sets = try await pool.run { _ in
            (
                TrainingSet(labels: labels, photos: first, plan: plan),
                TrainingSet(labels: labels, photos: second, plan: plan)
            )
        }
        return try await AutoRecipe(pool: pool, seed: seed).chooseFit(
            cropped: sets.0, squashed: sets.1, progress: progress)
    }

    /// Runs distorted views of the photos at `indices` through the backbone.
    public mutating func extractViews(
        _ extractor: BottleneckExtractor, of indices: [Int], _ distortions: Distortions, count: Int,
        progress: @escaping @Sendable (ExtractionProgress) -> Void
    ) async throws {
        let wanted = distortions.viewCount(wanted: count)
        guard wanted > 0, !indices.isEmpty else { return }
        let extraction = try await extractor.extract(
            indices.map { sources[$0] }, views: { photo in (0..<wanted).map { distortions.view($0, of: photo) } },
            progress: progress)
        for (index, outcome) in zip(indices, extraction.photos) {
            // A photo that has vanished since is trained on as it is.
            let bottlenecks = try? outcome.get().bottlenecks
            views[index] = bottlenecks ?? Array(repeating: photos[index].bottleneck, count: wanted)
        }
    }
}

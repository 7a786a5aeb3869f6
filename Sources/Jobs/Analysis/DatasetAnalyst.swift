import Domain
import Inference
import Storage
import Training
import Workers

/// Analyses datasets for whoever asks, one at a time, and keeps the last few results. Two who ask the same wait for one
/// computation, which ends when neither waits any more.
public actor DatasetAnalyst {
    /// So many photos are extracted while somebody waits: some seconds. For more there are jobs.
    public static let extractedAtOnce = 500
    /// Of so many photos the vectors, and what fits need beside them, take about a gigabyte.
    public static let maximumImages = 20_000
    private static let kept = 8

    private struct Computation {
        let number: Int
        let task: Task<DatasetAnalysis, any Error>
        var waiters: Int
    }

    private let environment: JobEnvironment
    private var recent: [(subject: AnalysisSubject, analysis: DatasetAnalysis)] = []
    private var running: [AnalysisSubject: Computation] = [:]
    private var last: Task<DatasetAnalysis, any Error>?
    private var computations = 0

    public init(_ environment: JobEnvironment) { self.environment = environment }

    /// Whether nobody waits for anything.
    package var isIdle: Bool { running.isEmpty }

    /// - Throws: `RegraftError`: `not_extracted`, `dataset_empty`, `too_many_images`, what the catalog says of the version and the
    ///   backbones of the backbone; `CancellationError`.
    public func analysis(of subject: AnalysisSubject) async throws -> DatasetAnalysis {
        if let place = recent.firstIndex(where: { $0.subject == subject }) {
            let known = recent.remove(at: place)
            recent.append(known)
            return known.analysis
        }
        let computation = join(subject)
        return try await withTaskCancellationHandler {
            try await computation.task.value
        } onCancel: {
            Task { await self.leave(subject, computation.number) }
        }
    }

    private func join(_ subject: AnalysisSubject) -> Computation {
        if let known = running[subject] {
            running[subject]?.waiters += 1
            return known
        }
        computations += 1
        let (number, before) = (computations, last)
        let task = Task {
            _ = await before?.result
            defer { ended(subject, number) }
            try Task.checkCancellation()
            let analysis = try await compute(subject)
            recent.append((subject, analysis))
            if recent.count > Self.kept { recent.removeFirst() }
            return analysis
        }
        let computation = Computation(number: number, task: task, waiters: 1)
        (running[subject], last) = (computation, task)
        return computation
    }

    private func leave(_ subject: AnalysisSubject, _ number: Int) {
        guard let computation = running[subject], computation.number == number else { return }
        running[subject]?.waiters -= 1
        guard computation.waiters == 1 else { return }
        // Whoever comes now begins anew.
        running[subject] = nil
        computation.task.cancel()
    }

    private func ended(_ subject: AnalysisSubject, _ number: Int) {
        if running[subject]?.number == number { running[subject] = nil }
        if computations == number { last = nil }
    }

    private func compute(_ subject: AnalysisSubject) async throws -> DatasetAnalysis {
        let images = try await environment.catalog.trainingImages(of: subject.dataset, version: subject.version)
        guard !images.isEmpty else {
            throw RegraftError(
                "dataset_empty", "The dataset '\(subject.dataset)' has no photos, so there is nothing to look at.")
        }
        guard images.count <= Self.maximumImages else {
            throw RegraftError(
                "too_many_images",
                "\(images.count) photos are more than the \(Self.maximumImages) that are analysed while somebody waits. "
                    + "`regraft analyze` does it on a folder.")
        }
        let engine = try await environment.backbones.engine(subject.backbone, for: .training)
        let preprocessing = engine.backbone.descriptor.preprocessing(subject.fit)
        try await requireExtracted(images, engine.backbone.cacheKey, preprocessing.cacheKey, subject)
        let extractor = BottleneckExtractor(
            engine: engine, preprocessing: preprocessing, limits: environment.imageLimits,
            cache: environment.bottlenecks, pool: environment.extractPool, giveWay: environment.priority.giveWay)
        let (labels, candidates) = LabelledPhotos.candidates(images, environment.blobs)
        let photos = try await LabelledPhotos.extract(candidates, labels: labels, extractor) { _ in }
        let analysis = try await PhotoAnalysis(
            photos.photos, labels: photos.labels, splits: photos.candidateIndices.map { images[$0].split },
            pool: environment.fitPool)
        return DatasetAnalysis(analysis, photos, images)
    }

    /// - Throws: `RegraftError` (`not_extracted`) where too many photos have no bottleneck yet.
    private func requireExtracted(
        _ images: [DatasetImage], _ backbone: String, _ preprocessing: String, _ subject: AnalysisSubject
    ) async throws {
        guard images.count > Self.extractedAtOnce else { return }
        let missing = try await environment.extractPool.run { [cache = environment.bottlenecks] cancellation in
            var missing = 0
            for image in images {
                try cancellation.check()
                let key = BottleneckKey(
                    photo: image.digest, backbone: backbone, preprocessing: preprocessing, view: View.whole.name)
                // A cache that fails holds nothing.
                if (try? cache.bottleneck(for: key)) == nil { missing += 1 }
            }
            return missing
        }
        guard missing > Self.extractedAtOnce else { return }
        throw RegraftError(
            "not_extracted",
            "\(missing) of the \(images.count) photos have not been through the backbone '\(subject.backbone)' (fit "
                + "\(subject.fit.rawValue)) yet, and at most \(Self.extractedAtOnce) are taken there while somebody waits. Train on "
                + "the dataset first, with POST /v1/jobs, or pass the backbone and fit that it was trained with.")
    }
}

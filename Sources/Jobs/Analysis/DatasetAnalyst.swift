import Domain
import Inference
import Storage
import Training
import Workers

/// Analyses datasets for whoever asks, one at a time, and keeps the last few results. Two who ask the same wait for one
/// computation, which ends when neither waits any more.
public actor DatasetAnalyst {
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
        let found = try await found(subject)
        // What trainings have used the photos for changes while an analysis is kept.
        let images = try await environment.catalog.trainingImages(of: subject.dataset, version: subject.version)
        return found.with(images)
    }

    private func found(_ subject: AnalysisSubject) async throws -> DatasetAnalysis {
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
        try await environment.requireExtracted(images.map(\.digest), engine, subject.fit)
        let extractor = BottleneckExtractor(
            engine: engine, preprocessing: engine.backbone.descriptor.preprocessing(subject.fit),
            limits: environment.imageLimits,
            cache: environment.bottlenecks, pool: environment.extractPool, giveWay: environment.priority.giveWay)
        let (labels, candidates) = LabelledPhotos.candidates(images, environment.blobs)
        let photos = try await LabelledPhotos.extract(candidates, labels: labels, extractor) { _ in }
        let analysis = try await PhotoAnalysis(
            photos.photos, labels: photos.labels, pool: environment.fitPool)
        return DatasetAnalysis(analysis, photos, images)
    }
}

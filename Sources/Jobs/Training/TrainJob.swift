import Domain
import Formats
import Foundation
import Inference
import Serving
import Storage
import Training

/// One training: photos to bottlenecks, bottlenecks to head, head to a model's version that answers.
struct TrainJob: Sendable {
    private let environment: JobEnvironment
    private let running: RunningJob
    private let specification: TrainSpecification
    private var options: TrainingOptions { specification.options }

    /// Photos that a head is tried on before it answers anybody.
    private static let goldenCount = 3

    init(_ environment: JobEnvironment, _ running: RunningJob, _ specification: TrainSpecification) {
        self.environment = environment
        self.running = running
        self.specification = specification
    }

    /// - Throws: what ends the attempt; `CancellationError`.
    func run() async throws {
        let engine = try await environment.backbones.engine(specification.backbone, for: .training)
        let images = try await environment.catalog.trainingImages(
            of: specification.dataset, version: specification.datasetVersion)
        let extractor = BottleneckExtractor(
            engine: engine, preprocessing: engine.backbone.descriptor.preprocessing(options.fit),
            limits: environment.imageLimits, cache: environment.bottlenecks, pool: environment.extractPool,
            giveWay: environment.priority.giveWay)
        var photos = try await extract(images, extractor)
        for label in photos.emptyLabels {
            running.warn("empty_class", "no image of '\(label.printable)' could be used: the class is left out")
        }
        try photos.checkClasses()
        for remark in photos.remarks { running.warn("dataset", remark) }

        let plan = try await plan(photos)
        try await recordSplits(photos, plan, images)
        try await extractViews(&photos, plan.indices(of: .train), extractor)

        running.begin(.fit)
        let (labels, all, views) = (photos.labels, photos.photos, photos.views)
        let set = try await environment.fitPool.run { _ in
            TrainingSet(labels: labels, photos: all, plan: plan, views: views)
        }
        let fitted = try await HeadFit(options, pool: environment.fitPool).run(set) { running.step($0) }
        running.setValidation(fitted.validation)

        running.begin(.evaluate)
        let evaluation = try await environment.fitPool.run { _ in Evaluation(fitted.head, on: set.test) }
        running.setTestAccuracy(evaluation.metrics.count > 0 ? evaluation.metrics.accuracy : nil)
        try Task.checkCancellation()

        running.begin(.publish)
        let candidates = plan.indices(of: .test) + plan.indices(of: .validation) + plan.indices(of: .train)
        let trained = TrainedHead(
            fitted: fitted, evaluation: evaluation, set: set,
            testedPhotos: plan.indices(of: .test).map { index in
                images[photos.candidateIndices[index]]
            },
            golden: try golden(fitted.head, photos, Array(candidates.prefix(Self.goldenCount))),
            backbone: engine.backbone,
            options: options)
        try await Publication(environment, running, specification).publish(trained)
    }

    private func extract(_ images: [DatasetImage], _ extractor: BottleneckExtractor) async throws -> LabelledPhotos {
        let (labels, candidates) = LabelledPhotos.candidates(images, environment.blobs)
        running.begin(.extract)
        running.count(.photos, total: images.count)
        let photos = try await LabelledPhotos.extract(candidates, labels: labels, extractor) { progress in
            running.report(done: progress.done, total: progress.total, worked: progress.computed)
        }
        for refusal in photos.refusals.prefix(100) {
            running.warn("unusable_image", "\(refusal.path.printable): \(refusal.error.reason)")
        }
        if let failure = photos.cacheFailure {
            running.warn("cache", "bottlenecks are not kept, because their cache failed: \(failure)")
        }
        return photos
    }

    /// Distorted views of what is trained on, which is known only when there is a plan.
    private func extractViews(
        _ photos: inout LabelledPhotos, _ indices: [Int], _ extractor: BottleneckExtractor
    ) async throws {
        guard options.distortions.viewCount(wanted: options.views) > 0 else { return }
        running.count(.photos, total: indices.count)
        try await photos.extractViews(extractor, of: indices, options.distortions, count: options.views) { progress in
            running.report(
                done: progress.done, total: progress.total, worked: progress.computed > 0 ? progress.done : 0)
        }
    }

    private func plan(_ photos: LabelledPhotos) async throws -> SplitPlan {
        let (all, options) = (photos.photos, options)
        let plan = try await environment.fitPool.run { cancellation in
            try SplitPlan(
                all, validationPercentage: options.validationPercentage, testingPercentage: options.testingPercentage,
                poll: cancellation.check)
        }
        let alike = photos.lookAlikes(plan)
        if let summary = alike.summary { running.warn("look_alikes", summary) }
        for warning in alike.warnings { running.warn("look_alikes", warning) }
        return plan
    }

    private func recordSplits(_ photos: LabelledPhotos, _ plan: SplitPlan, _ images: [DatasetImage]) async throws {
        var splits: [Int64: Split] = [:]
        for (position, split) in plan.splits.enumerated() {
            splits[images[photos.candidateIndices[position]].id] = split
        }
        try await environment.catalog.recordSplits(splits, of: specification.dataset)
    }

    private func golden(_ head: Head, _ photos: LabelledPhotos, _ indices: [Int]) throws -> [GoldenPhoto] {
        indices.map { index in
            let photo = photos.photos[index]
            return GoldenPhoto(
                digest: photo.digest,
                probabilities: head.probabilities(FeatureMatrix([photo.bottleneck.features])))
        }
    }
}

/// What a fit has come to.
struct TrainedHead: Sendable {
    let fitted: FittedHead
    let evaluation: Evaluation
    let set: TrainingSet
    /// In the order of the test examples.
    let testedPhotos: [DatasetImage]
    let golden: [GoldenPhoto]
    let backbone: Backbone
    let options: TrainingOptions
}

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
        let log = JobLog(environment, running)
        do { try await run(log) } catch {
            await log.fail()
            throw error
        }
    }

    private func run(_ log: JobLog) async throws {
        let engine = try await environment.backbones.engine(specification.backbone, for: .training)
        let all = try await environment.catalog.trainingImages(
            of: specification.dataset, version: specification.datasetVersion)
        let (images, others) = (
            all.filter { $0.label != options.noneLabel }, all.filter { $0.label == options.noneLabel }
        )
        if let label = options.noneLabel, others.isEmpty {
            running.warn(
                "no_negatives", "there is no photo with the label '\(label.text.printable)' of none of the classes")
        }
        var extractor = extractor(engine, options.fit.mode ?? .crop)
        running.begin(.extract)
        var photos = try await extract(images, extractor)
        for label in photos.emptyLabels {
            running.warn("empty_class", "no image of '\(label.printable)' could be used: the class is left out")
        }
        try photos.checkClasses()
        for remark in photos.remarks { running.warn("dataset", remark) }

        let plan = try await plan(photos)
        let fit = try await chooseFit(&photos, plan, images, engine)
        let mode = fit.mode
        extractor = self.extractor(engine, mode)
        try await extractViews(&photos, plan.indices(of: .train), extractor)
        let negatives = others.isEmpty ? [] : try await extract(others, extractor).photos.map(\.bottleneck.features)

        running.begin(.fit)
        let (labels, known, views) = (photos.labels, photos.photos, photos.views)
        let set = try await environment.fitPool.run { _ in
            TrainingSet(labels: labels, photos: known, plan: plan, views: views)
        }
        try await log.begin(set, specification, mode)
        let fitted = try await HeadFit(options, pool: environment.fitPool).run(
            set,
            observe: { step in
                running.step(step)
                log.step(step)
            }, progress: running.report
        ).adding(fit.trial)
        running.setValidation(fitted.validation)
        let abstention = try await AbstentionFit(
            targetPrecision: options.targetPrecision,
            classifier: try await environment.backbones.classifier(of: specification.backbone),
            pool: environment.fitPool
        ).run(fitted, set, negatives: negatives)
        if let note = abstention.unusedNegativesNote { running.warn("unused_negatives", note) }

        running.begin(.evaluate)
        let evaluation = try await environment.fitPool.run { _ in
            Evaluation(fitted.head, on: set.test, uncalibrated: fitted.uncalibrated)
        }
        running.setTestAccuracy(evaluation.metrics.count > 0 ? evaluation.metrics.accuracy : nil)
        try Task.checkCancellation()

        running.begin(.publish)
        let candidates = plan.indices(of: .test) + plan.indices(of: .validation) + plan.indices(of: .train)
        let trained = TrainedHead(
            fitted: fitted, abstention: abstention.abstention,
            source: try await source(
                fitted, abstention, mode, set, evaluation, photos, plan, images),
            golden: try golden(fitted.head, photos, Array(candidates.prefix(Self.goldenCount))),
            backbone: engine.backbone, fit: mode, options: options, splits: splits(photos, plan, images))
        try await Publication(environment, running, specification).publish(trained)
        log.finish(trained, photos: plan.indices(of: .test).map { photos.photos[$0].digest })
    }

    private func extractor(_ engine: any InferenceEngine, _ mode: FitMode) -> BottleneckExtractor {
        BottleneckExtractor(
            engine: engine, preprocessing: engine.backbone.descriptor.preprocessing(mode),
            limits: environment.imageLimits, cache: environment.bottlenecks, pool: environment.extractPool,
            giveWay: environment.priority.giveWay)
    }

    /// Where nobody has said how photos become square, both ways are tried; the photos are then those of the better one.
    private func chooseFit(
        _ photos: inout LabelledPhotos, _ plan: SplitPlan, _ images: [DatasetImage], _ engine: any InferenceEngine
    ) async throws -> FitChoice {
        if let mode = options.fit.mode { return FitChoice(mode: mode) }
        let squashed = try await extract(images, extractor(engine, .squash))
        let choice = try await photos.chooseFit(
            squashed, plan, seed: options.seed, environment.fitPool, progress: running.report)
        if choice.mode == .squash { photos = squashed }
        return choice
    }

    private func extract(_ images: [DatasetImage], _ extractor: BottleneckExtractor) async throws -> LabelledPhotos {
        let (labels, candidates) = LabelledPhotos.candidates(images, environment.blobs)
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

    private func splits(_ photos: LabelledPhotos, _ plan: SplitPlan, _ images: [DatasetImage]) -> [Int64: Split] {
        var splits: [Int64: Split] = [:]
        for (position, split) in plan.splits.enumerated() {
            splits[images[photos.candidateIndices[position]].id] = split
        }
        return splits
    }

    private func source(
        _ fitted: FittedHead, _ abstention: AbstentionFit.Result, _ mode: FitMode, _ set: TrainingSet,
        _ evaluation: Evaluation, _ photos: LabelledPhotos, _ plan: SplitPlan, _ images: [DatasetImage]
    ) async throws -> EvaluationSource {
        func photo(_ index: Int) -> EvaluationSource.Photo {
            let image = images[photos.candidateIndices[index]]
            return EvaluationSource.Photo(id: image.id, path: image.path)
        }
        let seen = (plan.indices(of: .train) + plan.indices(of: .validation)).map(photo)
        let tested = plan.indices(of: .test).map(photo)
        let (all, specification, curve) = (photos.photos, specification, running.curve)
        return try await environment.fitPool.run { cancellation in
            try EvaluationSource(
                dataset: specification.dataset.text, datasetVersion: specification.datasetVersion,
                backbone: specification.backbone, options: specification.options, fit: mode, fitted: fitted,
                abstention: abstention, set: set,
                test: evaluation, curve: curve, lookAlikes: LookAlikes(all, plan, poll: cancellation.check), seen: seen,
                tested: tested)
        }
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
    let abstention: Abstention
    /// What its evaluation is written of.
    let source: EvaluationSource
    let golden: [GoldenPhoto]
    let backbone: Backbone
    /// How photos became square: what the options say, or what was found to be better.
    let fit: FitMode
    let options: TrainingOptions
    /// What each photo was used for, by its id.
    let splits: [Int64: Split]
}

extension TrainedHead {
    /// As it is stored.
    var bundle: HeadBundle {
        HeadBundle(
            backboneID: backbone.descriptor.id, backboneHash: backbone.sha256, fit: fit,
            preprocessing: backbone.preprocessingKey(fit), head: fitted.head, abstention: abstention)
    }
}

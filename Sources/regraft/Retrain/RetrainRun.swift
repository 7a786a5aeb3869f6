import ArgumentParser
import Domain
import Formats
import Foundation
import Images
import Inference
import Jobs
import Storage
import Synchronization
import Training
import Workers

/// One run of `regraft retrain`: photos to bottlenecks, bottlenecks to head, head to files and a report.
struct RetrainRun: Sendable {
    private let options: RetrainCommand
    private let pool: WorkerPool
    private let limits = ImageLimits()

    init(_ options: RetrainCommand) {
        self.options = options
        pool = WorkerPool(name: "retrain", width: Installation.workerCount)
    }

    func run() async throws {
        let log = RunLog(pool)
        let isComplete: Bool
        do { isComplete = try await run(log) } catch {
            await log.fail()
            throw error
        }
        if !isComplete { throw ExitCode.incomplete }
    }

    /// - Returns: whether all photos were used.
    private func run(_ running: RunLog) async throws -> Bool {
        let outputs = RetrainOutputs(options.outputs)
        let folder = try await pool.run { _ in
            let folder = try ImageFolder(options.imageDir, limit: limits.maximumBytes)
            for remark in folder.remarks { Console.warn("Note: \(remark)") }
            try outputs.prepare()
            return folder
        }
        sayWhatIsNotUsed()

        let (backbone, descriptor, form, engine, cache) = try await pool.run { _ in
            let catalogue = try Installation.catalogue(modelFolder: options.backbone.modelDir)
            let backbone = try catalogue.backbone(options.backbone.architecture)
            let descriptor = catalogue.descriptorText(of: backbone.descriptor.id, sha256: backbone.sha256)
            let form = try OutputGraph(
                options.outputs.outputGraph, backbone, output: options.outputs.finalTensorName)
            return (backbone, descriptor, form, try OpenVINOEngine(backbone), openCache())
        }
        func extractor(_ fit: FitMode) -> BottleneckExtractor {
            BottleneckExtractor(
                engine: engine, preprocessing: backbone.descriptor.preprocessing(fit), limits: limits, cache: cache,
                pool: pool)
        }

        let (known, others) = folder.separating(options.fitting.noneLabel)
        try outputs.check(labels: known.labels)
        if let label = options.fitting.noneLabel, others == nil {
            Console.warn("Note: there is no folder '\(Console.printable(label))' of photos of none of the classes.")
        }
        var collection = try await LabelledPhotos.extract(
            known, extractor(options.backbone.fit.mode ?? .crop), cacheFolder: options.backbone.bottleneckDir)
        try collection.checkOnConsole()
        let photos = collection.photos
        let plan = try await pool.run { cancellation in
            try SplitPlan(
                photos, validationPercentage: options.split.validationPercentage,
                testingPercentage: options.split.testingPercentage, poll: cancellation.check)
        }
        Report.split(plan, collection)
        let progress = FitProgressLine()
        let fitChoice = try await chooseFit(&collection, plan, known, extractor, progress)
        let fit = fitChoice.mode
        try await collection.extractViewsOnConsole(
            extractor(fit), of: plan.indices(of: .train), options.distortions.distortions,
            count: options.distortions.views)
        var negatives: [[Float]] = []
        if let others {
            let photos = try await LabelledPhotos.extract(
                others, extractor(fit), cacheFolder: options.backbone.bottleneckDir
            ).photos
            negatives = photos.map { $0.bottleneck.features }
        }

        let (labels, chosen, views) = (collection.labels, collection.photos, collection.views)
        let set = try await pool.run { _ in TrainingSet(labels: labels, photos: chosen, plan: plan, views: views) }
        let curve = Mutex(TrainingCurve())
        let log = try await openLog(outputs, set, fit)
        running.begin(log)
        let fitted = try await self.fit(set, outputs, form, backbone, fit, progress) { step in
            curve.withLock { $0.add(step) }
            log?.step(step)
        }.adding(fitChoice.trial)
        if let selection = fitted.selection { Report.selection(selection) }
        for note in fitted.notes { Console.say(note) }
        let abstention = try await AbstentionFit(
            targetPrecision: options.fitting.targetPrecision,
            classifier: try await pool.run { _ in try backbone.readClassifier() }, pool: pool
        ).run(fitted, set, negatives: negatives)
        for note in abstention.notes { Console.say(note) }
        let tested = testedPhotos(set.test)
        let evaluation = try await pool.run { _ in
            Evaluation(fitted.head, on: set.test.selecting(tested), uncalibrated: fitted.uncalibrated)
        }
        Report.result(evaluation)
        if options.outputs.printMisclassified {
            let paths = plan.indices(of: .test).map { collection.photos[$0].path }
            Report.misclassified(evaluation, paths: tested.map { paths[$0] })
        }
        let source = try await source(
            fitted, abstention, fit, set, evaluation, curve.withLock { $0 }, photos: chosen, plan: plan, tested: tested)
        let document = EvaluationDocument(source)
        Report.verdict(document)
        let (title, images) = ("Evaluation of \(document.dataset)", options.imageDir)
        let bundle = outputs.bundle(fitted.head, backbone, fit, abstention.abstention)
        try await pool.run { _ in
            try outputs.write(document, title: title, images: images)
            try outputs.write(bundle, as: form, document, descriptor: descriptor)
        }
        if let log {
            let files = plan.indices(of: .test).map { collection.file(of: $0) }
            try await pool.run { cancellation in
                log.finish(
                    source, tested: set.test.selecting(tested), limits: limits,
                    graph: { try ModelGraph.data(bundle, backbone) }, poll: cancellation.check
                ) { try files[tested[$0]].load() }
                if log.isWhole { outputs.sayWhereSummariesAre() }
            }
        }
        return collection.refusals.isEmpty && !folder.leavesPhotosOut
    }

    /// Where nobody has said how photos become square, both ways are tried; the photos are then those of the better one.
    private func chooseFit(
        _ collection: inout LabelledPhotos, _ plan: SplitPlan, _ folder: ImageFolder,
        _ extractor: (FitMode) -> BottleneckExtractor, _ progress: FitProgressLine
    ) async throws -> FitChoice {
        if let mode = options.backbone.fit.mode { return FitChoice(mode: mode) }
        let squashed = try await LabelledPhotos.extract(
            folder, extractor(.squash), cacheFolder: options.backbone.bottleneckDir)
        let choice = try await collection.chooseFit(
            squashed, plan, seed: options.fitting.seed, pool, progress: progress.report)
        if choice.mode == .squash { collection = squashed }
        return choice
    }

    /// Nil, and a line that says so, where there can be none: that costs time and nothing else.
    private func openCache() -> (any BottleneckCache)? {
        let opened: (cache: SQLiteBottleneckCache, putAside: URL?)
        do {
            opened = try SQLiteBottleneckCache.open(in: URL(fileURLWithPath: options.backbone.bottleneckDir))
        } catch {
            Console.warn("Note: no bottlenecks are kept. \(error)")
            return nil
        }
        let (cache, putAside) = opened
        if let putAside {
            Console.warn("Note: the bottleneck cache was damaged; it is now \(putAside.path) and a new one is begun.")
        }
        return cache
    }

    private func openLog(_ outputs: RetrainOutputs, _ set: TrainingSet, _ fit: FitMode) async throws -> TrainingLog? {
        let folder = URL(fileURLWithPath: options.imageDir).standardizedFileURL.lastPathComponent
        let (training, backbone) = (trainingOptions, options.backbone.architecture)
        return try await pool.run { _ in
            outputs.summariesFolder().map { summaries in
                TrainingLog(
                    in: summaries, set, training.hyperparameters(dataset: folder, backbone: backbone, fit: fit),
                    interval: training.evaluationInterval
                ) { Console.warn("Note: \($0)") }
            }
        }
    }

    private func source(
        _ fitted: FittedHead, _ abstention: AbstentionFit.Result, _ mode: FitMode, _ set: TrainingSet,
        _ test: Evaluation,
        _ curve: TrainingCurve,
        photos: [SplitPlan.Photo], plan: SplitPlan, tested: [Int]
    ) async throws -> EvaluationSource {
        let seen = plan.indices(of: .train) + plan.indices(of: .validation)
        let testPhotos = plan.indices(of: .test)
        let (options, backbone) = (trainingOptions, options.backbone.architecture)
        let folder = URL(fileURLWithPath: self.options.imageDir).standardizedFileURL.lastPathComponent
        return try await pool.run { cancellation in
            try EvaluationSource(
                dataset: folder, datasetVersion: nil, backbone: backbone, options: options, fit: mode,
                fitted: fitted, abstention: abstention, set: set, test: test, curve: curve,
                lookAlikes: LookAlikes(photos, plan, poll: cancellation.check),
                seen: seen.map { EvaluationSource.Photo(id: nil, path: photos[$0].path) },
                tested: tested.map { EvaluationSource.Photo(id: nil, path: photos[testPhotos[$0]].path) })
        }
    }

    private func fit(
        _ set: TrainingSet, _ outputs: RetrainOutputs, _ form: OutputGraph, _ backbone: Backbone, _ mode: FitMode,
        _ progress: FitProgressLine,
        observe: @escaping @Sendable (TrainingStep) -> Void
    ) async throws -> FittedHead {
        let fit = HeadFit(
            trainingOptions, pool: pool, checkpointInterval: options.outputs.intermediateStoreFrequency)
        return try await fit.run(
            set,
            observe: { step in
                Report.step(step)
                observe(step)
            }, progress: progress.report,
            checkpoint: { number, head in
                try outputs.writeIntermediate(outputs.bundle(head, backbone, mode), as: form, step: number)
            })
    }

    private var trainingOptions: TrainingOptions {
        var training = TrainingOptions()
        training.recipe = options.fitting.recipe
        training.fit = options.backbone.fit
        training.seed = options.fitting.seed
        training.evaluationInterval = options.fitting.evalStepInterval
        training.steps = options.fitting.steps ?? training.steps
        training.learningRate = options.fitting.learningRate ?? training.learningRate
        training.trainBatchSize = options.fitting.trainBatchSize ?? training.trainBatchSize
        training.validationBatchSize = options.fitting.validationBatchSize
        return training
    }

    /// Positions of all test photos, or of as many as `--test_batch_size` asks for, drawn as the tutorial draws them.
    private func testedPhotos(_ test: Examples) -> [Int] {
        let count = options.fitting.testBatchSize
        return count > 0 ? test.sample(count, seed: options.fitting.seed) : Array(0..<test.count)
    }

    /// A flag that has no effect should not look as if it had one.
    private func sayWhatIsNotUsed() {
        let output = options.outputs
        if output.finalTensorName != TensorFlowGraph.defaultOutput, !OutputGraph.isTensorFlow(output.outputGraph) {
            Console.warn("Note: there is no effect of --final_tensor_name where --output_graph does not end in .pb.")
        }
        guard options.fitting.recipe == .auto else { return }
        let given = [
            ("how_many_training_steps", options.fitting.steps != nil),
            ("learning_rate", options.fitting.learningRate != nil),
            ("train_batch_size", options.fitting.trainBatchSize != nil),
        ].filter(\.1).map { "--\($0.0)" }
        if !given.isEmpty {
            Console.warn("Note: without --recipe retrain there is no effect of \(given.joined(separator: ", ")).")
        }
    }
}

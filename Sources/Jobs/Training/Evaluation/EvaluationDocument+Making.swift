public import Domain
import Foundation
public import Training

/// Everything that an evaluation is written of.
public struct EvaluationSource: Sendable {
    public struct Photo: Sendable {
        /// Nil where there is no dataset.
        let id: Int64?
        let path: String

        public init(id: Int64?, path: String) {
            self.id = id
            self.path = path
        }
    }

    let dataset: String
    let datasetVersion: Int?
    let backbone: String
    let options: TrainingOptions
    let fit: FitMode
    let fitted: FittedHead
    let abstention: AbstentionFit.Result
    let set: TrainingSet
    let test: Evaluation
    let evidence: Evidence
    let curve: TrainingCurve
    /// Train, then validation photos.
    let seen: [Photo]
    /// In the order of the test examples.
    let tested: [Photo]

    /// Weighs all that is known of a head; takes as long as a look at a few thousand photos, so it belongs on a worker.
    public init(
        dataset: String, datasetVersion: Int?, backbone: String, options: TrainingOptions, fit: FitMode,
        fitted: FittedHead, abstention: AbstentionFit.Result, set: TrainingSet, test: Evaluation, curve: TrainingCurve,
        lookAlikes: LookAlikes, seen: [Photo],
        tested: [Photo]
    ) {
        (self.dataset, self.datasetVersion, self.backbone) = (dataset, datasetVersion, backbone)
        (self.options, self.fit, self.fitted, self.abstention) = (options, fit, fitted, abstention)
        (self.set, self.test) = (set, test)
        (self.curve, self.seen, self.tested) = (curve, seen, tested)
        evidence = Evidence(
            fitted, set, recipe: options.recipe, test: test, lookAlikes: lookAlikes, photoNames: seen.map(\.path),
            abstention: abstention.abstention)
    }
}

extension EvaluationDocument {
    public init(_ source: EvaluationSource, promotion: PromotionDecision? = nil) {
        let (test, evidence) = (source.test, source.evidence)
        let labels = source.fitted.head.labels
        let hasTest = test.metrics.count > 0
        // Those that cannot be null first: before them there is no `self` to set the others of.
        dataset = source.dataset
        backbone = source.backbone
        recipe = source.options.recipe
        notes = source.fitted.notes + source.abstention.notes
        trainImages = source.set.train.count
        validationImages = source.set.validation.count
        testImages = source.set.test.count
        confusion = test.confusion.cells.map { [$0.truth, $0.predicted, $0.count] }
        classes = ClassEntry.all(test, source.set)
        misclassified = test.mistakes.prefix(Self.mistakeLimit).map { Mistake($0, labels, source.tested[$0.index]) }
        datasetVersion = source.datasetVersion
        fit = source.fit
        trials = source.fitted.trials.map(TrialEntry.init)
        selection = source.fitted.selection.map(SelectionEntry.init)
        verdict = Verdict(evidence).findings
        self.promotion = promotion
        accuracy = hasTest ? test.metrics.accuracy : nil
        accuracyInterval = hasTest ? [test.interval.lower, test.interval.upper] : nil
        topFiveAccuracy = test.answers.topFiveAccuracy
        logLoss = hasTest ? test.metrics.crossEntropy : nil
        trainAccuracy = evidence.train.count > 0 ? evidence.train.accuracy : nil
        trainLogLoss = evidence.train.count > 0 ? evidence.train.crossEntropy : nil
        validationAccuracy = source.fitted.validation?.accuracy
        heldOut = evidence.heldOut.flatMap(HeldOutEntry.init)
        precisionRecall = PrecisionRecallCurve(test.answers).points.map(PrecisionRecallEntry.init)
        calibration = CalibrationEntry(
            test: Calibration(test.answers).map(Reliability.init),
            testBefore: test.calibrationBefore.map(Reliability.init),
            heldOut: (evidence.heldOut?.answers).flatMap(Calibration.init).map(Reliability.init),
            heldOutBefore: (evidence.heldOut?.uncalibratedAnswers).flatMap(Calibration.init).map(Reliability.init))
        threshold = ThresholdEntry(source.abstention)
        unknown = UnknownEntry(source.abstention)
        misclassifiedImages = test.mistakes.count
        doubtfulLabels = evidence.doubts.map { DoubtfulLabelEntry($0, labels, source.seen) }
        curve = source.curve.points
        let ids = source.tested.compactMap(\.id)
        testImageIds = ids.count == source.tested.count ? ids.sorted() : nil
        let validation = source.seen.dropFirst(source.set.train.count)
        let validationIds = validation.compactMap(\.id)
        validationImageIds = validationIds.count == validation.count ? validationIds.sorted() : nil
    }
}

extension EvaluationDocument.SelectionEntry {
    fileprivate init(_ selection: ModelSelection) {
        self.init(
            images: selection.photos, folds: selection.folds, fits: selection.fits,
            candidates: selection.candidates.map { candidate in
                EvaluationDocument.CandidateEntry(
                    transform: candidate.transform.rawValue, weighting: candidate.weighting.rawValue,
                    l2Penalty: candidate.penalty, shrinkage: candidate.shrinkage,
                    accuracy: candidate.accuracy.rounded(places: 6), logLoss: candidate.loss.rounded(places: 6),
                    logLossExcess: candidate.excess.rounded(places: 6),
                    standardError: candidate.standardError.rounded(places: 6), chosen: candidate.isChosen)
            })
    }
}

extension EvaluationDocument.TrialEntry {
    fileprivate init(_ trial: SettingTrial) {
        self.init(
            setting: trial.setting.rawValue,
            options: trial.options.map { Option(value: $0.value, logLoss: $0.loss.rounded(places: 6)) },
            logLossDifference: trial.difference.rounded(places: 6),
            standardError: trial.standardError.rounded(places: 6), chosen: trial.chosen)
    }
}

extension EvaluationDocument.ThresholdEntry {
    fileprivate init?(_ fit: AbstentionFit.Result) {
        guard let threshold = fit.threshold else {
            guard fit.abstention.isNeverSure else { return nil }
            self.init(targetPrecision: fit.abstention.targetPrecision, confidence: 1, precision: nil, coverage: 0)
            return
        }
        self.init(
            targetPrecision: threshold.target, confidence: threshold.threshold.rounded(places: 6),
            precision: threshold.precision.rounded(places: 6), coverage: threshold.coverage.rounded(places: 6))
    }
}

extension EvaluationDocument.UnknownEntry {
    fileprivate init?(_ abstention: AbstentionFit.Result) {
        guard let detector = abstention.abstention.unknown else { return nil }
        self.init(
            threshold: detector.threshold.rounded(places: 6), falsePositiveRate: UnknownDetectorFit.falseAlarms,
            areaUnderRoc: abstention.unknownArea?.rounded(places: 6),
            negativesFound: abstention.negativesFound?.rounded(places: 6))
    }
}

extension EvaluationDocument.ClassEntry {
    fileprivate static func all(_ test: Evaluation, _ set: TrainingSet) -> [Self] {
        var images = [Int](repeating: 0, count: set.labels.count)
        for index in [set.train, set.validation, set.test].flatMap(\.classes) { images[index] += 1 }
        return zip(test.confusion.reports, test.averagePrecisions).enumerated().map { index, entry in
            Self(
                label: entry.0.label, support: entry.0.support, images: images[index], precision: entry.0.precision,
                recall: entry.0.recall, f1: entry.0.f1, averagePrecision: entry.1?.rounded(places: 6))
        }
    }
}

extension EvaluationDocument.Mistake {
    fileprivate init(_ mistake: Evaluation.Mistake, _ labels: [String], _ photo: EvaluationSource.Photo) {
        self.init(
            image: photo.id, path: photo.path, label: labels[mistake.truth], predicted: labels[mistake.predicted],
            probability: Double(mistake.probability).rounded(places: 6),
            labelProbability: Double(mistake.labelProbability).rounded(places: 6))
    }
}

extension EvaluationDocument.HeldOutEntry {
    fileprivate init?(_ held: HeldOutPredictions) {
        guard !held.classes.isEmpty else { return nil }
        let answers = held.answers
        let interval = ConfidenceInterval(successes: answers.correct, of: answers.count)
        self.init(
            images: answers.count, accuracy: answers.accuracy, accuracyInterval: [interval.lower, interval.upper],
            logLoss: Metrics(
                probabilities: held.probabilities, classes: held.classes, classCount: held.labelCount
            ).crossEntropy.rounded(places: 6))
    }
}

extension EvaluationDocument.PrecisionRecallEntry {
    fileprivate init(_ point: PrecisionRecallCurve.Point) {
        self.init(
            threshold: point.threshold.rounded(places: 6), precision: point.precision.rounded(places: 6),
            coverage: point.coverage.rounded(places: 6), recall: point.recall.rounded(places: 6))
    }
}

extension EvaluationDocument.Reliability {
    fileprivate init(_ calibration: Calibration) {
        self.init(
            error: calibration.error.rounded(places: 6), images: calibration.count,
            bins: calibration.bins.map { bin in
                Bin(
                    lower: bin.lower.rounded(places: 6), upper: bin.upper.rounded(places: 6), images: bin.count,
                    confidence: bin.confidence?.rounded(places: 6), accuracy: bin.accuracy?.rounded(places: 6))
            })
    }
}

extension EvaluationDocument.DoubtfulLabelEntry {
    fileprivate init(_ found: DoubtfulLabels, _ labels: [String], _ photos: [EvaluationSource.Photo]) {
        self.init(
            count: found.doubts.count, lookedAt: found.count,
            images: found.doubts.prefix(Self.limit).map { doubt in
                let photo = photos[doubt.photo]
                return Doubt(
                    image: photo.id, path: photo.path, label: labels[doubt.label], suggested: labels[doubt.suggested],
                    labelProbability: Double(doubt.labelProbability).rounded(places: 6),
                    suggestedProbability: Double(doubt.suggestedProbability).rounded(places: 6))
            })
    }
}

import Domain
import Formats

/// Whether an evaluation from elsewhere can be one of its head. Nobody here can tell whether its numbers are true, but pages are
/// drawn by them, and counts are added up.
extension ImportedEvaluation {
    private static let versions = 1...2
    /// No honest number of photos, steps or nats is larger, and sums of such numbers cannot overflow.
    private static let largestNumber = 1e9
    private static let counts = 0...Int(largestNumber)
    /// Rounding leaves a trace below 0.
    private static let losses = -1e-3...largestNumber
    private static let longestName = 255
    /// A finding may name six photos.
    private static let longestText = 16 << 10
    private static let longestPath = 4 << 10
    /// Of notes, findings, and the numbers of one.
    private static let mostOfAKind = 100

    /// - Throws: `RegraftError` (`unusable_bundle`).
    static func check(_ document: EvaluationDocument, of head: HeadBundle) throws {
        guard versions.contains(document.version) else {
            throw refusal(
                "is of version \(document.version), and this Regraft reads those up to \(versions.upperBound)")
        }
        guard document.classes.map({ Array($0.label.utf8) }) == head.head.labels.map({ Array($0.utf8) }) else {
            throw refusal("is of other labels than its head")
        }
        guard document.backbone == head.backboneID else { throw refusal("is of another backbone than its head") }
        guard document.fit.map({ $0 == head.fit }) ?? true else {
            throw refusal("is of photos that were made square in another way than its head takes them")
        }
        try checkLists(document)
        try checkTexts(document, labels: Set(head.head.labels))
        try checkConfusion(document)
        for part in parts(of: document) {
            guard part.shares.allSatisfy({ $0.map((0...1).contains) ?? true }) else {
                throw refusal("has, of \(part.what), a share that is not between 0 and 1")
            }
            guard part.losses.allSatisfy({ $0.map(losses.contains) ?? true }) else {
                throw refusal("has, of \(part.what), a loss below 0 or beyond 10^9")
            }
            guard part.counts.allSatisfy({ $0.map(counts.contains) ?? true }) else {
                throw refusal("has, of \(part.what), a number below 0 or beyond 10^9")
            }
        }
    }

    private static func refusal(_ what: String) -> RegraftError { ImportedModel.refusal("its evaluation \(what)") }

    private static func checkLists(_ document: EvaluationDocument) throws {
        let calibrations = reliabilities(document)
        let trials = document.trials ?? []
        let verdict = document.verdict ?? []
        let lists: [(what: String, count: Int, limit: Int)] = [
            ("mistakes", document.misclassified.count, EvaluationDocument.mistakeLimit),
            (
                "doubtful labels", document.doubtfulLabels?.images.count ?? 0,
                EvaluationDocument.DoubtfulLabelEntry.limit
            ),
            ("points of its curve", document.curve?.count ?? 0, TrainingCurve.limit),
            ("points of precision and recall", document.precisionRecall?.count ?? 0, mostOfAKind),
            ("bins of calibration", calibrations.map(\.bins.count).max() ?? 0, mostOfAKind),
            ("candidates", document.selection?.candidates.count ?? 0, mostOfAKind),
            ("trials", trials.count, mostOfAKind),
            ("options of a trial", trials.map(\.options.count).max() ?? 0, mostOfAKind),
            ("notes", document.notes.count, mostOfAKind), ("findings", verdict.count, mostOfAKind),
            ("numbers of a finding", verdict.map(\.numbers.count).max() ?? 0, mostOfAKind),
        ]
        if let list = lists.first(where: { $0.count > $0.limit }) {
            throw refusal("lists \(list.count) \(list.what), and there are at most \(list.limit)")
        }
        guard
            [document.accuracyInterval, document.heldOut?.accuracyInterval].allSatisfy({
                $0.map { $0.count == 2 } ?? true
            })
        else { throw refusal("has an interval that has not two ends") }
    }

    private static func checkTexts(_ document: EvaluationDocument, labels: Set<String>) throws {
        let (mistakes, doubts) = (document.misclassified, document.doubtfulLabels?.images ?? [])
        let named = mistakes.flatMap { [$0.label, $0.predicted] } + doubts.flatMap { [$0.label, $0.suggested] }
        guard named.allSatisfy(labels.contains) else { throw refusal("names photos of other labels than its head has") }
        let findings = (document.verdict ?? []).flatMap { [$0.finding, $0.action] + $0.numbers.keys }
        let texts: [(what: String, all: [String], limit: Int)] = [
            ("dataset's name", [document.dataset], longestName),
            ("photo's path", mistakes.map(\.path) + doubts.map(\.path), longestPath),
            ("name of what was tried", tried(document), longestName),
            ("note", document.notes, longestText), ("finding", findings, longestText),
        ]
        for (what, all, limit) in texts where all.contains(where: { $0.utf8.count > limit }) {
            throw refusal("has a \(what) of more than \(limit) bytes")
        }
    }

    private static func checkConfusion(_ document: EvaluationDocument) throws {
        let classes = document.classes.indices
        var seen: Set<Int> = []
        for cell in document.confusion {
            guard cell.count == 3, classes.contains(cell[0]), classes.contains(cell[1]) else {
                throw refusal("has a confusion matrix of other classes")
            }
            guard counts.contains(cell[2]) else {
                throw refusal("has, of its confusion matrix, a number below 0 or beyond 10^9")
            }
            guard seen.insert(cell[0] * classes.count + cell[1]).inserted else {
                throw refusal("has a cell of its confusion matrix twice")
            }
        }
    }

    // MARK: Its numbers

    /// Numbers, field by field: going over whatever is there needs all of it in boxes, thirty times the memory of the numbers.
    private struct Part {
        let what: String
        var shares: [Double?] = []
        var losses: [Double?] = []
        var counts: [Int?] = []
    }

    private static func parts(of document: EvaluationDocument) -> [Part] {
        let (held, doubts) = (document.heldOut, document.doubtfulLabels)
        let (threshold, unknown) = (document.threshold, document.unknown)
        return [
            Part(
                what: "the test photos",
                shares: [
                    document.accuracy, document.topFiveAccuracy, document.trainAccuracy, document.validationAccuracy,
                ]
                    + (document.accuracyInterval ?? []),
                losses: [document.logLoss, document.trainLogLoss],
                counts: [
                    document.trainImages, document.validationImages, document.testImages, document.misclassifiedImages,
                    document.datasetVersion,
                ]),
            Part(
                what: "the held-out photos", shares: [held?.accuracy] + (held?.accuracyInterval ?? []),
                losses: [held?.logLoss], counts: [held?.images]),
            Part(
                what: "a class",
                shares: document.classes.flatMap { [$0.precision, $0.recall, $0.f1, $0.averagePrecision] },
                counts: document.classes.flatMap { [$0.support, $0.images] }),
            Part(
                what: "precision and recall",
                shares: (document.precisionRecall ?? []).flatMap {
                    [$0.threshold, $0.precision, $0.coverage, $0.recall]
                }),
            Part(
                what: "its thresholds",
                shares: [
                    threshold?.targetPrecision, threshold?.confidence, threshold?.precision, threshold?.coverage,
                    unknown?.threshold, unknown?.falsePositiveRate, unknown?.areaUnderRoc, unknown?.negativesFound,
                ]),
            Part(
                what: "its mistakes", shares: document.misclassified.flatMap { [$0.probability, $0.labelProbability] }),
            Part(
                what: "doubtful labels",
                shares: (doubts?.images ?? []).flatMap { [$0.labelProbability, $0.suggestedProbability] },
                counts: [doubts?.count, doubts?.lookedAt]),
            curve(document.curve ?? []),
            Part(
                what: "a finding",
                losses: (document.verdict ?? []).flatMap { $0.numbers.values.map(abs) }),
            selection(document.selection), trials(document.trials ?? []),
        ] + reliabilities(document).map(reliability)
    }

    private static func reliabilities(_ document: EvaluationDocument) -> [EvaluationDocument.Reliability] {
        let calibration = document.calibration
        return [calibration?.test, calibration?.testBefore, calibration?.heldOut, calibration?.heldOutBefore]
            .compactMap(\.self)
    }

    private static func tried(_ document: EvaluationDocument) -> [String] {
        (document.selection?.candidates ?? []).flatMap { [$0.transform, $0.weighting] }
            + (document.trials ?? []).flatMap { [$0.setting, $0.chosen] + $0.options.map(\.value) }
    }

    private static func selection(_ selection: EvaluationDocument.SelectionEntry?) -> Part {
        let candidates = selection?.candidates ?? []
        return Part(
            what: "what was tried", shares: candidates.map(\.accuracy),
            losses: candidates.flatMap {
                [$0.l2Penalty, $0.shrinkage, $0.logLoss, $0.logLossExcess, $0.standardError]
            },
            counts: [selection?.images, selection?.folds, selection?.fits])
    }

    private static func trials(_ trials: [EvaluationDocument.TrialEntry]) -> Part {
        Part(
            what: "what else was tried",
            losses: trials.flatMap { [abs($0.logLossDifference), $0.standardError] + $0.options.map(\.logLoss) })
    }

    private static func curve(_ points: [TrainingCurve.Point]) -> Part {
        Part(
            what: "its curve", shares: points.flatMap { [$0.trainAccuracy, $0.validationAccuracy] },
            losses: points.flatMap { [$0.trainCrossEntropy, $0.validationCrossEntropy] }, counts: points.map(\.step))
    }

    private static func reliability(_ reliability: EvaluationDocument.Reliability) -> Part {
        Part(
            what: "its calibration",
            shares: [reliability.error]
                + reliability.bins.flatMap { [$0.lower, $0.upper, $0.confidence, $0.accuracy] },
            counts: [reliability.images] + reliability.bins.map(\.images))
    }
}

public import Domain
public import Training
public import Workers

/// Finds out when a model should say that it does not know.
public struct AbstentionFit: Sendable {
    /// What the model is given, and what it costs.
    public struct Result: Sendable {
        public let abstention: Abstention
        /// Nil where no threshold reaches the target, or where there were no photos to find one by.
        public let threshold: ConfidenceThreshold?
        /// How often a held-out photo whose class is left out seems less known than one with its class: 0.5 is chance.
        public let unknownArea: Double?
        /// Part of the photos of none of the classes that are recognised as such; nil where none were given.
        public let negativesFound: Double?
        /// Photos of none of the classes that have no effect, since there was nothing to measure them by.
        public let unusedNegatives: Int

        package init(
            abstention: Abstention, threshold: ConfidenceThreshold?, unknownArea: Double?, negativesFound: Double?,
            unusedNegatives: Int = 0
        ) {
            self.abstention = abstention
            self.threshold = threshold
            self.unknownArea = unknownArea
            self.negativesFound = negativesFound
            self.unusedNegatives = unusedNegatives
        }
    }

    private let targetPrecision: Double
    private let classifier: LinearLayer?
    private let pool: WorkerPool

    /// - Parameter classifier: the backbone's own last layer, where it is known.
    public init(targetPrecision: Double, classifier: LinearLayer?, pool: WorkerPool) {
        self.targetPrecision = targetPrecision
        self.classifier = classifier
        self.pool = pool
    }

    /// - Parameter negatives: bottlenecks of photos of none of the classes: `[photos, features]`.
    /// - Throws: `CancellationError`.
    public func run(_ fitted: FittedHead, _ set: TrainingSet, negatives: [[Float]] = []) async throws -> Result {
        let (targetPrecision, classifier) = (targetPrecision, classifier)
        return try await pool.run { cancellation in
            guard let held = fitted.heldOut else {
                return Result(
                    abstention: Abstention(targetPrecision: targetPrecision), threshold: nil, unknownArea: nil,
                    negativesFound: nil, unusedNegatives: negatives.count)
            }
            let isEnough = held.photos.count >= ConfidenceThreshold.leastPhotos
            let threshold = isEnough ? ConfidenceThreshold(target: targetPrecision, held) : nil
            try cancellation.check()
            var features = set.train.features
            for photo in set.validation.classes.indices { features.append(set.validation.features[photo]) }
            let unknown = try UnknownDetectorFit(
                features, classes: set.train.classes + set.validation.classes, held, classifier: classifier,
                negatives: negatives.isEmpty ? nil : Self.asked(FeatureMatrix(negatives), fitted.head)
            ).fit(poll: cancellation.check)
            return Result(
                abstention: Abstention(
                    targetPrecision: targetPrecision,
                    // Where no threshold is high enough, no answer is sure enough.
                    confidenceThreshold: isEnough ? threshold?.threshold ?? 1 : nil,
                    unknown: unknown?.detector),
                threshold: threshold, unknownArea: unknown?.area, negativesFound: unknown?.negativesFound,
                unusedNegatives: unknown == nil ? negatives.count : 0)
        }
    }

    private static func asked(_ features: FeatureMatrix, _ head: Head) -> (FeatureMatrix, [Float]) {
        (features, head.probabilities(features))
    }
}

extension AbstentionFit.Result {
    /// For a person.
    public var notes: [String] {
        var notes: [String] = []
        let target = "\((abstention.targetPrecision * 100).rounded(places: 1)) %"
        if let threshold {
            notes.append(
                threshold.threshold > 0
                    ? "Answers below a probability of \(threshold.threshold.rounded(places: 3)) are marked as unsure, which leaves "
                        + "\(percent(threshold.coverage)) of the held-out photos; \(right(threshold))."
                    : "None of the answers is too unsure: \(right(threshold)), and \(target) are to be.")
        } else if abstention.isNeverSure {
            notes.append(
                "All answers are marked as unsure: however sure they are, fewer than \(target) of them are right on photos "
                    + "held out. Add photos or relabel, or train with a lower target_precision.")
        }
        if let unknownArea, let unknown = abstention.unknown {
            notes.append(
                "Photos that seem to be of none of the classes are marked as unknown above a score of "
                    + "\(unknown.threshold.rounded(places: 3)), as 5 % of the known ones are; photos of a class left out have a "
                    + "higher score than known ones \((unknownArea * 100).rounded(places: 1)) % of the time.")
        }
        if let negativesFound {
            notes.append(
                "\((negativesFound * 100).rounded(places: 1)) % of the given photos of none of the classes are recognised."
            )
        }
        return notes + (unusedNegativesNote.map { [$0] } ?? [])
    }

    /// For a person, where photos of none of the classes were given in vain.
    var unusedNegativesNote: String? {
        guard unusedNegatives > 0 else { return nil }
        return
            "Photos of none of the classes (\(unusedNegatives)) have no effect, since there are too few other photos, or too like each "
            + "other, to measure them by: \(UnknownDetectorFit.leastPhotos) must be held out, of two classes or more."
    }

    private func percent(_ part: Double) -> String { "\((part * 100).rounded(places: 1)) %" }

    /// How many are right, and how well that is known.
    private func right(_ threshold: ConfidenceThreshold) -> String {
        let count = threshold.answerCount
        let interval = ConfidenceInterval(successes: Int((threshold.precision * Double(count)).rounded()), of: count)
        return
            "of these \(count), \(percent(threshold.precision)) are right (95 % interval \(percent(interval.lower)) to "
            + "\(percent(interval.upper)))"
    }
}

/// What a person who is no expert should make of the numbers: what is wrong, by which number, and what to do next.
public struct Verdict: Sendable, Equatable {
    /// What must be mended first.
    public let findings: [Finding]

    private static let rules: [@Sendable (Evidence) -> Finding?] = [
        noTestPhotos, untrainedClasses, notBetterThanChance, duplicatesAcrossSplits, duplicatesAcrossLabels,
        overfitting,
        underfitting, confusedClasses, labelErrors, fewPhotos, imbalance, untestedClasses, uncertainAccuracy,
        calibrationOff, neverSure, lookAlikes,
    ]

    public init(_ evidence: Evidence) {
        var found = Self.rules.compactMap { $0(evidence) }
        if found.allSatisfy({ $0.severity == .info }), let good = Self.looksGood(evidence) { found.insert(good, at: 0) }
        // Stable: within a severity as the rules are ordered.
        findings = found.enumerated().sorted { ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset) }
            .map(\.element)
    }

    private static func looksGood(_ evidence: Evidence) -> Finding? {
        let (test, interval) = (evidence.test.metrics, evidence.test.interval)
        guard test.count > 0 else { return nil }
        return Finding(
            .looksGood, .info,
            "Nothing serious is wrong that could be measured: it is right about \(Words.percent(test.accuracy)) of "
                + "\(Words.count(test.count, "photo")) that it had never seen (95 % interval \(Words.percent(interval.lower)) to "
                + "\(Words.percent(interval.upper))).",
            action:
                "Classify photos as your users will take them. If those come out worse, add photos like them and train again.",
            numbers: [
                "accuracy": test.accuracy, "lower": interval.lower, "upper": interval.upper,
                "test_images": Double(test.count),
            ])
    }
}

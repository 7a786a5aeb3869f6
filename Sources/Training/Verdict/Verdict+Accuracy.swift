import Foundation

/// Whether the accuracy is known, and whether it is worth anything.
extension Verdict {
    @Sendable static func noTestPhotos(_ evidence: Evidence) -> Finding? {
        guard evidence.test.metrics.count == 0 else { return nil }
        let all = evidence.counts.reduce(0) { $0 + $1.all }
        return Finding(
            .noTestPhotos, .problem,
            "None of the \(Words.count(all, "photo")) was left to test on, so nobody knows how good this model is.",
            action:
                "Add photos that are not copies of each other, at least three and better twenty for each class, and train again; where "
                + "the testing percentage is 0, raise it.",
            numbers: ["images": Double(all), "test_images": 0])
    }

    @Sendable static func untestedClasses(_ evidence: Evidence) -> Finding? {
        let missing = evidence.counts.indices.filter { evidence.counts[$0].test == 0 }
        guard !missing.isEmpty, evidence.test.metrics.count > 0 else { return nil }
        let names = Words.list(missing.map { Words.quoted(evidence.labels[$0]) })
        return Finding(
            .untestedClasses, .warning,
            "\(Words.count(missing.count, "class has", "classes have")) no test photo, so the accuracy says nothing about them: "
                + "\(names).",
            action:
                "Add photos of them: a class needs three, that are not copies of each other, to be trained on, chosen by and "
                + "tested.",
            numbers: ["classes": Double(missing.count)])
    }

    @Sendable static func untrainedClasses(_ evidence: Evidence) -> Finding? {
        let missing = evidence.counts.indices.filter {
            evidence.counts[$0].train == 0 && (evidence.recipe == .retrain || evidence.counts[$0].validation == 0)
        }
        guard !missing.isEmpty else { return nil }
        return Finding(
            .untrainedClasses, .problem,
            "\(Words.count(missing.count, "class has", "classes have")) no photo to train on, so the model cannot know them: "
                + "\(Words.list(missing.map { Words.quoted(evidence.labels[$0]) })).",
            action: "Add photos of them, or leave these classes out, and train again.",
            numbers: ["classes": Double(missing.count)])
    }

    /// Against always giving the commonest answer: a problem where that is as good, else there are too few photos to tell.
    @Sendable static func notBetterThanChance(_ evidence: Evidence) -> Finding? {
        guard let baseline = evidence.baseline, !baseline.isBeaten else { return nil }
        let commonest = Words.quoted(evidence.labels[baseline.commonest])
        var numbers = [
            "accuracy": baseline.accuracy, "lower": baseline.interval.lower, "baseline": baseline.share,
            "images": Double(baseline.count),
        ]
        let comparison =
            "It is right about \(Words.percent(baseline.accuracy)) of \(Words.count(baseline.count, "photo")) that it had not seen; "
            + "always answering \(commonest) would be right about \(Words.percent(baseline.share))"
        guard baseline.share < 1 else {
            return Finding(
                .notBetterThanChance, .warning,
                "All \(Words.count(baseline.count, "photo")) that could be tried are of \(commonest), so nobody knows whether it can tell "
                    + "the classes apart.",
                action:
                    "Add photos of the other classes: each needs three, that are not copies of each other, to be tested too.",
                numbers: numbers)
        }
        guard let needed = baseline.neededCount else {
            return Finding(
                .notBetterThanChance, .problem, "\(comparison). That is no sign that it has learnt anything.",
                action:
                    "Check that each folder holds what its name says and that a person can tell the classes apart by the photos "
                    + "alone.", numbers: numbers)
        }
        numbers["needed_images"] = Double(needed)
        return Finding(
            .notBetterThanChance, .warning, "\(comparison). That is more, but with so few it could be chance.",
            action:
                "Add photos, most of all of other classes than \(commonest). About \(needed) unseen ones in all would tell, if "
                + "it stays as good.", numbers: numbers)
    }

    /// How many photos it would take: the half width of the normal approximation is z √(p(1 − p)/n).
    @Sendable static func uncertainAccuracy(_ evidence: Evidence) -> Finding? {
        let (test, interval) = (evidence.test.metrics, evidence.test.interval)
        let width = interval.upper - interval.lower
        guard test.count > 0, width > 0.15 else { return nil }
        let likely = min(max(test.accuracy, 0.05), 0.95)
        let needed = Int((1.96 * 1.96 * likely * (1 - likely) / (0.05 * 0.05)).rounded(.up))
        let all = evidence.counts.reduce(0) { $0 + $1.all }
        let total = Int((Double(needed) * Double(all) / Double(test.count)).rounded(.up))
        return Finding(
            .uncertainAccuracy, width > 0.3 ? .warning : .info,
            "With \(Words.count(test.count, "test photo")) the accuracy may be anything from \(Words.percent(interval.lower)) to "
                + "\(Words.percent(interval.upper)).",
            action:
                "Do not choose between models by such an accuracy. \(Words.count(needed, "test photo")), which is about "
                + "\(total) photos in all, would tell it to about 5 points.",
            numbers: [
                "lower": interval.lower, "upper": interval.upper, "test_images": Double(test.count),
                "needed_test_images": Double(needed), "needed_images": Double(total),
            ])
    }
}

package import Domain
import Training

/// Whether a version is at least as good as the one that answers.
///
/// Both are asked about the same test photos, and the new one answers if it is right about at least as many (`VersionComparison`);
/// how likely the difference is chance is told, and decides nothing. To refuse only what is worse by more than chance was
/// rejected: with a few dozen photos that lets a clearly worse one through, and a little worse each time adds up. Test photos
/// take part in a choice by this, so the reported accuracy of what answers is a little too good: by at most what a choice
/// between two can give, one bit. Validation photos are worse for it: their accuracies are of different photos and of heads
/// that chose by them. They decide only where there is no photo that both can be asked about, and the labels are the same: an
/// accuracy among two classes says nothing of one among ten.
package enum Improvement {
    package static func decision(
        of draft: ModelVersion, over old: ModelVersion, _ comparison: VersionComparison?
    ) -> PromotionDecision {
        var decision = PromotionDecision(
            policy: .ifBetter, promoted: true, basis: .notComparable, reason: "", previousVersion: old.number,
            images: comparison?.images, accuracyBefore: nil, accuracy: nil, pValue: nil)
        guard let dataset = old.dataset, draft.dataset == dataset else { return ofAnotherDataset(old) }
        if let comparison, comparison.images > 0 {
            decide(&decision, comparison, old.number)
        } else if draft.isUnmeasured, !old.isUnmeasured {
            decision.promoted = false
            decision.reason =
                "this version has no validation and no test photos, so nobody knows whether it is as good as version "
                + "\(old.number), and 'latest' stays there"
        } else if Set(draft.labels) != Set(old.labels) {
            decision.reason =
                "\(Self.none(decision))version \(old.number) has other labels, so the two cannot be compared; 'latest' names the "
                + "new one"
        } else {
            decide(&decision, draft.metrics.validationAccuracy, old.metrics.validationAccuracy, old.number)
        }
        return decision
    }

    /// Nothing to decide by: the new one answers.
    package static func ofAnotherDataset(_ old: ModelVersion) -> PromotionDecision {
        PromotionDecision(
            policy: .ifBetter, promoted: true, basis: .notComparable,
            reason: "version \(old.number) was "
                + (old.dataset.map { "trained on another dataset, '\($0)'" } ?? "imported, so its photos are not here")
                + ", so the two cannot be compared; 'latest' names the new one", previousVersion: old.number,
            images: nil, accuracyBefore: nil,
            accuracy: nil, pValue: nil)
    }

    private static func decide(_ decision: inout PromotionDecision, _ comparison: VersionComparison, _ version: Int) {
        let test = comparison.mcnemar
        let isWorse = test.onlyB < test.onlyA
        decision.basis = .testPhotos
        decision.promoted = !isWorse
        (decision.accuracyBefore, decision.accuracy) = (comparison.a.accuracy, comparison.b.accuracy)
        decision.pValue = test.pValue
        let numbers =
            "on \(comparison.images) test photos that neither was trained on it is right about "
            + "\(Words.percent(comparison.b.accuracy ?? 0)), version \(version) about \(Words.percent(comparison.a.accuracy ?? 0)); \(test.onlyA) "
            + "got worse and \(test.onlyB) better (McNemar's test, \(Words.significance(test.pValue)))"
        decision.reason = numbers + (isWorse ? ", so 'latest' stays there" : ", so 'latest' names the new one")
    }

    /// Why no photos decide, where it was looked for some.
    private static func none(_ decision: PromotionDecision) -> String {
        decision.images == nil ? "" : "there is no test photo that both can be asked about; "
    }

    /// Equally good is good enough: it knows more photos.
    private static func decide(
        _ decision: inout PromotionDecision, _ new: Double?, _ before: Double?, _ version: Int
    ) {
        let few = none(decision)
        guard let new, let before else {
            decision.reason =
                "\(few)this version or version \(version) has no validation accuracy, so the two cannot be compared; 'latest' "
                + "names the new one"
            return
        }
        decision.basis = .validationAccuracy
        decision.promoted = new >= before
        (decision.accuracyBefore, decision.accuracy) = (before, new)
        let relation = new < before ? "lower than" : new > before ? "higher than" : "equal to"
        decision.reason =
            "\(few)the validation accuracy, \(Words.percent(new)), is \(relation) that of version \(version), \(Words.percent(before)), so "
            + (decision.promoted ? "'latest' names the new one" : "'latest' stays there")
    }
}

extension ModelVersion {
    /// Nobody knows how good it is.
    fileprivate var isUnmeasured: Bool { metrics.validationAccuracy == nil && metrics.testAccuracy == nil }
}

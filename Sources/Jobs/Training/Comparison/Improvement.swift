package import Domain

/// Whether a version is at least as good as the one that answers.
///
/// Both are asked about the same test photos, and the new one is refused only when it is worse by more than chance
/// (`VersionComparison`). This lets test photos take part in a choice, so the reported accuracy of what answers is a little
/// too good: by at most what a choice between two can give, one bit, and only when the two differ by more than chance anyway.
/// The alternative, validation photos, was worse: their accuracies are of different photos and of heads that chose by them,
/// and one photo more or less decided. With fewer photos than `fewest` they still decide, since nothing else can.
package enum Improvement {
    /// Photos of a comparison that can decide: with 30, a version that gets six more wrong and none more right is found out.
    package static let fewest = 30

    package static func decision(
        of draft: ModelVersion, over old: ModelVersion, _ comparison: VersionComparison?
    ) -> PromotionDecision {
        var decision = PromotionDecision(
            policy: .ifBetter, promoted: true, basis: .notComparable, reason: "", previousVersion: old.number,
            images: comparison?.images, accuracyBefore: nil, accuracy: nil, pValue: nil)
        guard draft.dataset == old.dataset else {
            decision.reason =
                "version \(old.number) was trained on another dataset, '\(old.dataset)', so the two cannot be compared; "
                + "'latest' names the new one"
            return decision
        }
        if let comparison, comparison.images >= fewest {
            decide(&decision, comparison, old.number)
        } else {
            decide(&decision, draft.metrics.validationAccuracy, old.metrics.validationAccuracy, old.number)
        }
        return decision
    }

    private static func decide(_ decision: inout PromotionDecision, _ comparison: VersionComparison, _ version: Int) {
        let test = comparison.mcnemar
        let isWorse = test.onlyB < test.onlyA && test.pValue < VersionComparison.significance
        decision.basis = .testPhotos
        decision.promoted = !isWorse
        (decision.accuracyBefore, decision.accuracy) = (comparison.a.accuracy, comparison.b.accuracy)
        decision.pValue = test.pValue
        let numbers =
            "on \(comparison.images) test photos that neither was trained on it is right about "
            + "\(percent(comparison.b.accuracy ?? 0)), version \(version) about \(percent(comparison.a.accuracy ?? 0)); \(test.onlyA) "
            + "got worse and \(test.onlyB) better (McNemar's test, p = \(test.pValue.rounded(places: 4)))"
        decision.reason = numbers + (isWorse ? ", so 'latest' stays there" : ", so 'latest' names the new one")
    }

    /// Equally good is good enough: it knows more photos.
    private static func decide(
        _ decision: inout PromotionDecision, _ new: Double?, _ before: Double?, _ version: Int
    ) {
        let few = decision.images.map { "only \($0) test photos are new to both, and " } ?? ""
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
            "\(few)the validation accuracy, \(percent(new)), is \(relation) that of version \(version), \(percent(before)), so "
            + (decision.promoted ? "'latest' names the new one" : "'latest' stays there")
    }

    private static func percent(_ accuracy: Double) -> String { "\((accuracy * 100).rounded(places: 1)) %" }
}

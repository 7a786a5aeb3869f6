package import Domain

/// Whether a version is at least as good as the one that answers, by the validation photos: the test photos take part in no
/// choice, or their accuracy would no longer say what strangers' photos will see.
package enum Improvement {
    case better
    case worse(Double, than: Double, version: Int)
    /// Accuracies on the photos of two datasets say nothing of each other.
    case otherDataset(ResourceName, version: Int)
    /// There were too few photos for validation, in this one or in the other.
    case unknown(version: Int)

    package init(of draft: ModelVersion, over old: ModelVersion) {
        guard draft.dataset == old.dataset else {
            self = .otherDataset(old.dataset, version: old.number)
            return
        }
        guard let new = draft.metrics.validationAccuracy, let before = old.metrics.validationAccuracy else {
            self = .unknown(version: old.number)
            return
        }
        // Equally good is good enough: it knows more photos.
        self = new >= before ? .better : .worse(new, than: before, version: old.number)
    }

    package var isPromoted: Bool {
        if case .worse = self { return false }
        return true
    }

    /// Of the warning.
    package var code: String { isPromoted ? "not_comparable" : "not_promoted" }

    /// What a person should know of the decision.
    package var warning: String? {
        switch self {
        case .better: nil
        case .worse(let new, let before, let version):
            "the validation accuracy, \(Self.percent(new)), is lower than that of version \(version), \(Self.percent(before)), "
                + "so 'latest' stays there"
        case .otherDataset(let dataset, let version):
            "version \(version) was trained on another dataset, '\(dataset)', so the two cannot be compared; 'latest' names the "
                + "new one"
        case .unknown(let version):
            "this version or version \(version) has no validation accuracy, so the two cannot be compared; 'latest' names the "
                + "new one"
        }
    }

    private static func percent(_ accuracy: Double) -> String { "\((accuracy * 100).rounded(places: 1)) %" }
}

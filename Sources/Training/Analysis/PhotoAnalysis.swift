import Domain
public import Workers

/// What is wrong with labelled photos, as far as their bottlenecks tell: likely label errors, duplicates and outliers.
public struct PhotoAnalysis: Sendable {
    /// By kind, as they are declared, and in each the one that deserves a look most first.
    public let findings: [PhotoFinding]
    /// Of each photo, what a head says that was fitted without it; nil where none could be.
    public let opinions: [Opinion?]
    /// All photos whose label could be judged, the least probable first, whether or not there is a finding about them.
    public let ranking: [Int]
    /// What a person should know of the analysis itself, in sentences.
    public let notes: [String]

    /// - Parameter pool: runs the fits side by side. The result does not depend on its width.
    /// - Throws: `CancellationError`.
    public init(
        _ photos: [SplitPlan.Photo], labels: [String], pool: WorkerPool, seed: UInt64 = 0
    ) async throws {
        let set = try await pool.run { try TrainingSet(analysed: photos, labels: labels, poll: $0.check) }
        let predictions = try await OutOfFold(set, seed: seed, pool: pool)
        let opinions = predictions.opinions
        let (errors, duplicates, outliers) = try await pool.run { cancellation in
            let outliers = try Outliers(photos, set.train, labels: labels, poll: cancellation.check)
            return (
                LabelErrors(predictions, classes: set.train.classes, labels: labels, leavingOut: outliers.blank),
                try Duplicates(photos, labels: labels, opinions: opinions, poll: cancellation.check),
                outliers
            )
        }
        // Where two classes are the same, which of the two a photo looks more like means nothing.
        let labelErrors = errors.findings.map { finding in
            guard case .relabel(let label) = finding.action,
                duplicates.areOne(photos[finding.photos[0]].classIndex, label)
            else { return finding }
            return finding.onlyToLookAt
        }
        findings = labelErrors + duplicates.findings + outliers.findings
        ranking = errors.ranking
        notes = Self.unjudged(photos, opinions) + duplicates.notes + errors.notes
        self.opinions = opinions
    }

    private static func unjudged(_ photos: [SplitPlan.Photo], _ opinions: [Opinion?]) -> [String] {
        let count = opinions.count { $0 == nil }
        guard count > 0 else { return [] }
        guard Set(photos.map(\.classIndex)).count > 1 else {
            return ["There is one class only, so no label can be judged."]
        }
        return [
            "The labels of \(count) of the \(photos.count) photos could not be judged: their classes have no other picture that "
                + "does not look the same."
        ]
    }
}

extension TrainingSet {
    /// All photos to train on.
    fileprivate init(analysed photos: [SplitPlan.Photo], labels: [String], poll: () throws -> Void) rethrows {
        let groups = try PhotoGroups(photos, poll: poll).groupOf
        self.init(
            labels: labels, photos: photos,
            plan: SplitPlan(splits: [Split](repeating: .train, count: photos.count), groups: groups))
    }
}

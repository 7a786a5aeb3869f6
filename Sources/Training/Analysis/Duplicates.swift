import Domain

/// Photos that are there more than once: byte for byte, or as another copy of one picture by `PhotoGroups`' rule.
struct Duplicates {
    /// The same picture under two labels first, then copies byte for byte, then the most alike.
    let findings: [PhotoFinding]

    /// Of a crowd that looks alike so many are named.
    private static let shown = 100

    /// - Parameters:
    ///   - splits: what a training has used each photo for; nil where none has.
    ///   - poll: called often; what it throws ends the computation.
    init(
        _ photos: [SplitPlan.Photo], labels: [String], splits: [Split?], opinions: [Opinion?],
        poll: () throws -> Void
    ) rethrows {
        // Names say which photos belong together, not which are the same picture.
        let unnamed = photos.enumerated().map { index, photo in
            SplitPlan.Photo(
                path: "\(index)", classIndex: photo.classIndex, digest: photo.digest, bottleneck: photo.bottleneck)
        }
        let groups = try PhotoGroups(unnamed, poll: poll)
        let found = groups.all.filter { $0.count > 1 }.map { Group($0, photos, labels, splits, opinions) }
        findings = found.sorted { $0.order.lexicographicallyPrecedes($1.order) }.map { $0.finding(Self.shown) }
    }

    private struct Group {
        let members: [Int]
        let photos: [SplitPlan.Photo]
        let labels: [String]
        let splits: [Split?]
        let isExact: Bool
        let classes: [Int]
        /// The label that the heads find most probable for these pictures; where they say nothing, the most frequent.
        let bestClass: Int
        let similarity: Double

        init(
            _ members: [Int], _ photos: [SplitPlan.Photo], _ labels: [String], _ splits: [Split?],
            _ opinions: [Opinion?]
        ) {
            (self.members, self.photos, self.labels, self.splits) = (members, photos, labels, splits)
            isExact = members.allSatisfy { photos[$0].digest == photos[members[0]].digest }
            classes = Set(members.map { photos[$0].classIndex }).sorted()
            var votes: [Int: Double] = [:]
            for photo in members {
                let own = photos[photo].classIndex
                votes[own, default: 0] += opinions[photo].map { Double($0.given) } ?? 0.001
                for (label, probability) in opinions[photo]?.best ?? [] where label != own {
                    votes[label, default: 0] += Double(probability)
                }
            }
            // Only labels that somebody has given to it.
            bestClass = classes.max { (votes[$0] ?? 0, $1) < (votes[$1] ?? 0, $0) } ?? 0
            let first = photos[members[0]].bottleneck.features
            similarity =
                isExact
                ? 1 : members.dropFirst().map { first.cosine(photos[$0].bottleneck.features) }.min() ?? 1
        }

        var order: [Double] {
            [classes.count > 1 ? 0 : 1, isExact ? 0 : 1, -similarity, Double(members[0])]
        }

        func finding(_ shown: Int) -> PhotoFinding {
            let wrong = members.filter { photos[$0].classIndex != bestClass }
            let (action, subjects): (PhotoFinding.Action, [Int]) =
                switch (isExact, classes.count > 1) {
                // The same file is there under the right label already.
                case (true, true): (.delete, wrong)
                case (true, false): (.delete, Array(members.dropFirst()))
                case (false, true): (.relabel(to: bestClass), wrong)
                // Copies of one class do little harm, since they are kept on one side of the split.
                case (false, false): (.look, members)
                }
            return PhotoFinding(
                kind: .duplicate, photos: Array(members.prefix(shown)), subjects: Array(subjects.prefix(shown)),
                action: action, score: similarity, isLikely: isExact || classes.count > 1, reason: reason)
        }

        private var reason: String {
            let what =
                isExact ? "The same file is there \(members.count) times" : "\(members.count) photos look the same"
            let names = classes.prefix(5).map { "'\(labels[$0].printable)'" }.joined(separator: ", ")
            let rest = classes.count > 5 ? " and \(classes.count - 5) more" : ""
            let places =
                classes.count > 1
                ? ", under different labels: \(names)\(rest). One of them can be right; '\(labels[bestClass].printable)' "
                    + "is the most probable."
                : ", all as \(names)."
            let used = Set(members.compactMap { splits[$0] })
            guard used.count > 1 else { return what + places }
            let sides = Split.allCases.filter(used.contains).map(\.rawValue).joined(separator: " and ")
            return what + places + " The last training had them in \(sides), so it was tested on what it had learnt."
        }
    }
}

extension [Float] {
    /// Of two vectors without a length: 1.
    fileprivate func cosine(_ other: [Float]) -> Double {
        let lengths = (LinearAlgebra.dot(self, self) * LinearAlgebra.dot(other, other)).squareRoot()
        return lengths > 0 ? Swift.min(1, LinearAlgebra.dot(self, other) / lengths) : 1
    }
}

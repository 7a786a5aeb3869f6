import Domain

/// Photos that are there more than once: byte for byte, or as another copy of one picture by `PhotoGroups`' rule.
struct Duplicates {
    /// The same picture under two labels first, then copies byte for byte, then the most alike.
    let findings: [PhotoFinding]
    /// Classes that are mostly the same photos, in sentences.
    let notes: [String]
    private let twins: Set<ClassPair>

    /// Two classes, the one with the smaller index first.
    private struct ClassPair: Hashable {
        let first: Int
        let second: Int

        init(_ one: Int, _ other: Int) { (first, second) = (min(one, other), max(one, other)) }
    }

    /// Whether most photos of one of two classes are there under the other as well.
    func areOne(_ first: Int, _ second: Int) -> Bool { twins.contains(ClassPair(first, second)) }

    /// Of a crowd that looks alike so many are named.
    private static let shown = 100

    /// - Parameter poll: called often; what it throws ends the computation.
    init(
        _ photos: [SplitPlan.Photo], labels: [String], opinions: [Opinion?], poll: () throws -> Void
    ) rethrows {
        // Names say which photos belong together, not which are the same picture.
        let unnamed = photos.enumerated().map { index, photo in
            SplitPlan.Photo(
                path: "\(index)", classIndex: photo.classIndex, digest: photo.digest, bottleneck: photo.bottleneck)
        }
        let groups = try PhotoGroups(unnamed, poll: poll)
        let found = groups.all.filter { $0.count > 1 }.map { Group($0, photos, labels, opinions) }
        let twins = Self.twins(found, photos, labels)
        self.twins = Set(twins.keys)
        notes = twins.sorted { ($0.key.first, $0.key.second) < ($1.key.first, $1.key.second) }.map(\.value)
        findings = found.sorted { $0.order.lexicographicallyPrecedes($1.order) }.map { group in
            let pairs = group.classes.flatMap { one in group.classes.map { ClassPair(one, $0) } }
            return group.finding(Self.shown, areOne: pairs.contains { twins[$0] != nil })
        }
    }

    /// Fewer copies are no sign that two classes are one.
    private static let fewestCopies = 3

    /// Pairs of classes of which one has most of its photos in common with the other, and what to say of them. To delete copies one
    /// by one, each by what the heads think of it, would leave a random half in each.
    private static func twins(
        _ groups: [Group], _ photos: [SplitPlan.Photo], _ labels: [String]
    ) -> [ClassPair: String] {
        var sizes = [Int](repeating: 0, count: labels.count)
        for photo in photos { sizes[photo.classIndex] += 1 }
        // By class, then by the other one.
        var common: [[Int]: Int] = [:]
        for group in groups where group.classes.count > 1 {
            for photo in group.members {
                let own = photos[photo].classIndex
                for other in group.classes where other != own { common[[own, other], default: 0] += 1 }
            }
        }
        var found: [ClassPair: String] = [:]
        for (pair, count) in common.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
        where count >= fewestCopies && count * 2 > sizes[pair[0]] && found[ClassPair(pair[0], pair[1])] == nil {
            let (own, other) = (labels[pair[0]].printable, labels[pair[1]].printable)
            found[ClassPair(pair[0], pair[1])] =
                "\(count) of the \(sizes[pair[0]]) photos of '\(own)' are in '\(other)' too: make the two one class, or fill one of "
                + "them anew, rather than delete copies one by one."
        }
        return found
    }

    private struct Group {
        let members: [Int]
        let photos: [SplitPlan.Photo]
        let labels: [String]
        let isExact: Bool
        let classes: [Int]
        /// The label that the heads find most probable for these pictures; where they say nothing, the most frequent.
        let bestClass: Int
        /// Whether the heads say anything of them.
        let isJudged: Bool
        let similarity: Double

        init(
            _ members: [Int], _ photos: [SplitPlan.Photo], _ labels: [String], _ opinions: [Opinion?]
        ) {
            (self.members, self.photos, self.labels) = (members, photos, labels)
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
            isJudged = members.contains { opinions[$0] != nil }
            // Only labels that somebody has given to it.
            bestClass = classes.max { (votes[$0] ?? 0, $1) < (votes[$1] ?? 0, $0) } ?? 0
            let first = photos[members[0]].bottleneck.features
            similarity =
                isExact
                ? 1 : members.dropFirst().map { LinearAlgebra.cosine(first, photos[$0].bottleneck.features) }.min() ?? 1
        }

        var order: [Double] {
            [classes.count > 1 ? 0 : 1, isExact ? 0 : 1, -similarity, Double(members[0])]
        }

        /// - Parameter areOne: whether classes of it are mostly the same photos.
        func finding(_ shown: Int, areOne: Bool) -> PhotoFinding {
            let wrong = members.filter { photos[$0].classIndex != bestClass }
            let (action, subjects): (PhotoFinding.Action, [Int]) =
                switch (isExact, classes.count > 1) {
                case (_, true) where areOne || !isJudged: (.look, members)
                // The same file is there under the right label already.
                case (true, true): (.delete, wrong)
                case (true, false): (.delete, Array(members.dropFirst()))
                case (false, true): (.relabel(to: bestClass), wrong)
                // Copies of one class do little harm, since they are kept on one side of the split.
                case (false, false): (.look, members)
                }
            return PhotoFinding(
                kind: .duplicate, photos: Array(members.prefix(shown)), subjects: Array(subjects.prefix(shown)),
                action: action, score: similarity, isLikely: isExact || classes.count > 1,
                reason: reason(areOne: areOne))
        }

        private func reason(areOne: Bool) -> String {
            let what =
                isExact ? "The same file is there \(members.count) times" : "\(members.count) photos look the same"
            let names = classes.prefix(5).map { "'\(labels[$0].printable)'" }.joined(separator: ", ")
            let rest = classes.count > 5 ? " and \(classes.count - 5) more" : ""
            guard classes.count > 1 else { return "\(what), all as \(names)." }
            let which =
                areOne
                ? "Most photos of one of these classes are in the other too; perhaps they are one class."
                : isJudged
                    ? "One of them can be right; '\(labels[bestClass].printable)' is the most probable."
                    : "One of them can be right; there are too few other photos to tell which."
            return "\(what), under different labels: \(names)\(rest). \(which)"
        }
    }
}

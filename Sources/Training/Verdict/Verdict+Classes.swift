/// Classes that are taken for each other.
extension Verdict {
    private struct Pair: Hashable {
        let first: Int
        let second: Int
    }

    /// At least three photos, and a fifth of those of the two; of two classes that are the same half are.
    @Sendable static func confusedClasses(_ evidence: Evidence) -> Finding? {
        let unseen = evidence.unseen
        var counts = [Int](repeating: 0, count: evidence.labels.count)
        var mistakes: [Pair: Int] = [:]
        for photo in unseen {
            counts[photo.truth] += 1
            guard photo.truth != photo.predicted else { continue }
            mistakes[
                Pair(first: min(photo.truth, photo.predicted), second: max(photo.truth, photo.predicted)), default: 0
            ] += 1
        }
        let found = mistakes.map { pair, count in
            (pair: pair, count: count, of: counts[pair.first] + counts[pair.second])
        }
        .filter { $0.count >= 3 && Double($0.count) >= 0.2 * Double($0.of) }
        .sorted { ($0.count, $1.pair.first, $1.pair.second) > ($1.count, $0.pair.first, $0.pair.second) }
        guard let worst = found.first else { return nil }
        let names = found.map { entry in
            "\(Words.quoted(evidence.labels[entry.pair.first])) and \(Words.quoted(evidence.labels[entry.pair.second])) "
                + "(\(entry.count) of \(entry.of) photos)"
        }
        let share = found.map { Double($0.count) / Double($0.of) }.max() ?? 0
        return Finding(
            .confusedClasses, share >= 0.4 ? .problem : .warning,
            "\(Words.count(found.count, "pair of classes is", "pairs of classes are")) often taken for each other: "
                + "\(Words.list(names, limit: 3)).",
            action:
                "Check that they are different things; if they are, add photos that show the difference from near, if they are "
                + "not, make them one class.",
            numbers: [
                "pairs": Double(found.count), "worst_images": Double(worst.count), "worst_of": Double(worst.of),
                "worst_share": share,
            ])
    }
}

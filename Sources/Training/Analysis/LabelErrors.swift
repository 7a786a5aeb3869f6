import Domain

/// Photos that are filed under the wrong label, by what heads that have not seen them say.
struct LabelErrors {
    /// Photos whose label could be judged, the least probable first.
    let ranking: [Int]
    let findings: [PhotoFinding]
    /// Pairs of classes that are taken for each other, in sentences.
    let notes: [String]

    /// - Parameter others: photos with something else wrong, so that their label does not matter.
    init(_ predictions: OutOfFold, classes: [Int], labels: [String], leavingOut others: Set<Int>) {
        let opinions = predictions.opinions
        ranking = classes.indices.filter { opinions[$0] != nil && !others.contains($0) }
            .sorted { (opinions[$0]?.given ?? 1, $0) < (opinions[$1]?.given ?? 1, $1) }
        findings = ranking.compactMap { photo in
            guard let opinion = opinions[photo], let best = opinion.best.first, best.label != classes[photo] else {
                return nil
            }
            let likely = predictions.likely[photo]
            return PhotoFinding(
                kind: .labelError, photos: [photo], subjects: [photo],
                action: likely != nil || opinion.isDecided ? .relabel(to: best.label) : .look,
                score: Double(1 - opinion.given), isLikely: likely != nil,
                reason: "It looks like '\(labels[best.label].printable)' (\(best.probability.percent)) more than like "
                    + "'\(labels[classes[photo]].printable)' (\(opinion.given.percent)), judged by photos other than itself."
            )
        }
        notes = Self.confusions(ranking, opinions, classes, labels)
    }

    /// Of two classes that are taken for each other in three of ten photos, hardly all labels are wrong.
    private static func confusions(
        _ judged: [Int], _ opinions: [Opinion?], _ classes: [Int], _ labels: [String]
    ) -> [String] {
        var sizes = [Int](repeating: 0, count: labels.count)
        var counts: [[Int]: Int] = [:]
        for photo in judged {
            sizes[classes[photo]] += 1
            guard let best = opinions[photo]?.best.first, best.label != classes[photo] else { continue }
            counts[[classes[photo], best.label].sorted(), default: 0] += 1
        }
        return counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.compactMap { pair, count in
            let size = sizes[pair[0]] + sizes[pair[1]]
            guard size >= 10, count * 10 >= size * 3 else { return nil }
            return
                "'\(labels[pair[0]].printable)' and '\(labels[pair[1]].printable)' are taken for each other in \(count) of "
                + "their \(size) photos. Perhaps they are one class, or cannot be told apart by these photos."
        }
    }
}

extension Opinion {
    /// Where two classes are nearly as probable, a guess helps nobody.
    fileprivate var isDecided: Bool {
        guard best.count > 1 else { return true }
        return best[0].probability >= 0.5 || best[0].probability >= 2 * best[1].probability
    }
}

extension Float {
    /// Of a probability.
    var percent: String { "\(Int((self * 100).rounded())) %" }
}

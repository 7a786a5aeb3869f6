import Domain

/// Photos that are filed under the wrong label, by what heads that have not seen them say.
struct LabelErrors {
    /// Photos whose label could be judged, the least probable first.
    let ranking: [Int]
    let findings: [PhotoFinding]
    /// What is said of classes and of all photos rather than of one, in sentences.
    let notes: [String]

    /// - Parameter others: photos with something else wrong, so that their label does not matter.
    init(_ predictions: OutOfFold, classes: [Int], labels: [String], leavingOut others: Set<Int>) {
        let opinions = predictions.opinions
        ranking = classes.indices.filter { opinions[$0] != nil && !others.contains($0) }
            .sorted { (opinions[$0]?.given ?? 1, $0) < (opinions[$1]?.given ?? 1, $1) }
        let judged = ranking.compactMap { photo in
            opinions[photo]?.best.first.map { (truth: classes[photo], predicted: $0.label) }
        }
        let isWorthHearing = Baseline(judged, labelCount: labels.count)?.isBeaten ?? true
        let overruled = Self.overruled(judged, classCount: labels.count)
        findings = ranking.compactMap { photo in
            guard let opinion = opinions[photo], let best = opinion.best.first, best.label != classes[photo] else {
                return nil
            }
            let isLikely = predictions.likely[photo] != nil && isWorthHearing && !overruled.contains(classes[photo])
            return PhotoFinding(
                kind: .labelError, photos: [photo], subjects: [photo],
                action: isLikely ? .relabel(to: best.label) : .look, score: Double(1 - opinion.given),
                isLikely: isLikely,
                reason: "It looks like '\(labels[best.label].printable)' (\(best.probability.percent)) more than like "
                    + "'\(labels[classes[photo]].printable)' (\(opinion.given.percent)), judged by photos other than itself."
            )
        }
        notes = Self.remarks(isWorthHearing, overruled, labels) + Self.confusions(ranking, opinions, classes, labels)
    }

    /// Classes of which half of the photos or more look like others: that is no fault of single labels. Such a class has too few photos beside
    /// large ones, or is no class of its own.
    private static func overruled(_ judged: [(truth: Int, predicted: Int)], classCount: Int) -> Set<Int> {
        var (photos, lost) = ([Int](repeating: 0, count: classCount), [Int](repeating: 0, count: classCount))
        for photo in judged {
            photos[photo.truth] += 1
            if photo.truth != photo.predicted { lost[photo.truth] += 1 }
        }
        return Set((0..<classCount).filter { photos[$0] > 0 && 2 * lost[$0] >= photos[$0] })
    }

    private static func remarks(_ isWorthHearing: Bool, _ overruled: Set<Int>, _ labels: [String]) -> [String] {
        guard isWorthHearing else {
            return [
                "There is no sign that what was learnt from these photos recognises others better than always giving the commonest "
                    + "label would, so it cannot tell which labels are wrong."
            ]
        }
        guard !overruled.isEmpty else { return [] }
        let names = Words.list(overruled.sorted().map { Words.quoted(labels[$0]) })
        return [
            "Half or more of the photos of \(Words.count(overruled.count, "class", "classes")) look more like others: \(names). Such a class needs "
                + "more photos, or is no class of its own; nothing is suggested for single photos of it."
        ]
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

extension Float {
    /// Of a probability.
    var percent: String { "\(Int((self * 100).rounded())) %" }
}

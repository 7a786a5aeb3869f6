import Domain

/// What is wrong with the photos.
extension Verdict {
    /// Photos of a class; `retrain.py` warns below it.
    package static let enough = 20

    @Sendable static func fewPhotos(_ evidence: Evidence) -> Finding? {
        let counts = evidence.counts.map(\.all)
        let small = counts.indices.filter { counts[$0] < enough }.sorted { (counts[$0], $0) < (counts[$1], $1) }
        guard let least = small.first else { return nil }
        let names = Words.list(small.map { "\(Words.quoted(evidence.labels[$0])) (\(counts[$0]))" })
        var numbers = ["classes": Double(small.count), "fewest": Double(counts[least]), "wanted": Double(enough)]
        var comparison = ""
        if let own = recall(of: Set(small), evidence),
            let others = recall(of: Set(counts.indices).subtracting(small), evidence)
        {
            comparison =
                " Of their photos \(Words.percent(own)) are recognised, of the other classes' \(Words.percent(others))."
            (numbers["recall"], numbers["recall_of_others"]) = (own, others)
        }
        return Finding(
            .fewPhotos, counts[least] < 5 ? .problem : .warning,
            "\(Words.count(small.count, "class has", "classes have")) fewer than \(enough) photos: \(names).\(comparison)",
            action:
                "Add photos until each class has at least \(enough); up to a hundred or so, each doubling helps. Different "
                + "objects, places and light count, not many photos of the same thing.",
            numbers: numbers)
    }

    @Sendable static func imbalance(_ evidence: Evidence) -> Finding? {
        let counts = evidence.counts.map(\.all)
        guard let largest = counts.indices.max(by: { (counts[$0], $1) < (counts[$1], $0) }),
            let smallest = counts.indices.min(by: { (counts[$0], $0) < (counts[$1], $1) }), counts[smallest] > 0
        else { return nil }
        let ratio = Double(counts[largest]) / Double(counts[smallest])
        guard ratio >= 3 else { return nil }
        return Finding(
            .imbalance, ratio >= 10 ? .warning : .info,
            "\(Words.quoted(evidence.labels[largest])) has \(counts[largest]) photos and "
                + "\(Words.quoted(evidence.labels[smallest])) \(counts[smallest]): the model sees the first "
                + "\(Int(ratio.rounded())) times as often, and may prefer it when in doubt.",
            action:
                "Add photos of the small classes; look at their recall, since the accuracy is mostly that of the large ones.",
            numbers: [
                "largest": Double(counts[largest]), "smallest": Double(counts[smallest]), "ratio": ratio,
            ])
    }

    @Sendable static func labelErrors(_ evidence: Evidence) -> Finding? {
        guard let found = evidence.doubts, let worst = found.doubts.first else { return nil }
        let share = Double(found.doubts.count) / Double(max(found.count, 1))
        let names = found.doubts.prefix(3).map { doubt in
            "\(evidence.photoNames[doubt.photo].printable) (rather \(Words.quoted(evidence.labels[doubt.suggested])); its label "
                + "gets \(Words.percent(Double(doubt.labelProbability))))"
        }
        return Finding(
            .labelErrors, share > 0.05 ? .warning : .info,
            "\(Words.count(found.doubts.count, "photo")) of \(found.count) may have a wrong label, by what a model says that had not "
                + "seen them. The likeliest: \(names.joined(separator: "; ")).",
            action: "Look at them, and relabel or delete those that are wrong; a photo that is merely hard stays.",
            numbers: [
                "images": Double(found.doubts.count), "share": share, "looked_at": Double(found.count),
                "lowest_label_probability": Double(worst.labelProbability),
            ])
    }

    @Sendable static func duplicatesAcrossLabels(_ evidence: Evidence) -> Finding? {
        let alike = evidence.lookAlikes
        guard alike.acrossLabels > 0 else { return nil }
        let names = alike.examples.map { $0.map(\.printable).joined(separator: " = ") }.joined(separator: "; ")
        let pictures = Words.count(alike.acrossLabels, "picture is", "pictures are")
        // Two photos that look the same may be of two things; one file under two labels cannot be right twice.
        let meaning =
            switch alike.filesAcrossLabels {
            case 0: "\(pictures) in more than one class, by photos that look the same, so a label may be wrong"
            case alike.acrossLabels:
                "\(pictures) in more than one class, as the same file, so at least one label of each is wrong"
            default:
                "\(pictures) in more than one class: \(alike.filesAcrossLabels) as the same file, so at least one label of each "
                    + "is wrong, the others by photos that look the same"
            }
        return Finding(
            .duplicatesAcrossLabels, .warning, "\(meaning): \(names).",
            action: "Look at them and delete or relabel the photo with the wrong label.",
            numbers: ["pictures": Double(alike.acrossLabels), "same_file": Double(alike.filesAcrossLabels)])
    }

    @Sendable static func duplicatesAcrossSplits(_ evidence: Evidence) -> Finding? {
        let leaks = evidence.lookAlikes.leaks
        guard leaks.count > 0 else { return nil }
        let share = Double(leaks.count) / Double(max(leaks.looked, 1))
        let names = leaks.examples.map { $0.map(\.printable).joined(separator: " = ") }.joined(separator: "; ")
        return Finding(
            .duplicatesAcrossSplits, share >= 0.05 ? .problem : share >= 0.01 ? .warning : .info,
            "\(Words.count(leaks.count, "test photo")) of \(leaks.looked) \(leaks.count == 1 ? "is" : "are") nearly the same as one "
                + "that was trained on or chosen by, so the accuracy is too good to be true: \(names).",
            action:
                "Delete one of each two, or name them alike up to '_nohash_', as in 'leaf_nohash_1.jpg' and 'leaf_nohash_2.jpg', "
                + "which keeps them on one side; then train again.",
            numbers: ["images": Double(leaks.count), "looked_at": Double(leaks.looked), "share": share])
    }

    @Sendable static func lookAlikes(_ evidence: Evidence) -> Finding? {
        let alike = evidence.lookAlikes
        let share = Double(alike.alike) / Double(max(alike.photos, 1))
        guard share >= 0.2 else { return nil }
        return Finding(
            .lookAlikes, share >= 0.5 ? .warning : .info,
            "\(alike.alike) of \(alike.photos) photos look like another one; they are \(Words.count(alike.pictures, "picture")) in "
                + "all. Copies are never both trained on and tested with, but they teach nothing new.",
            action: "Count pictures, not copies, when you judge whether there are enough; add different photos.",
            numbers: ["images": Double(alike.alike), "pictures": Double(alike.pictures), "share": share])
    }

    /// Part of the unseen photos of some classes that are recognised; nil of fewer than ten.
    private static func recall(of classes: Set<Int>, _ evidence: Evidence) -> Double? {
        let photos = evidence.unseen.filter { classes.contains($0.truth) }
        guard photos.count >= 10 else { return nil }
        return Double(photos.count { $0.truth == $0.predicted }) / Double(photos.count)
    }
}

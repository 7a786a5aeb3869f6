public import Domain
public import Training

extension LabelledPhotos {
    /// - Throws: `RegraftError` (`too_few_classes`) where there are not two classes.
    public func checkClasses() throws(RegraftError) {
        guard labels.count < 2 else { return }
        let only = labels.first.map { "only '\($0.printable)'" } ?? "none"
        throw RegraftError(
            "too_few_classes", "A classifier needs at least two classes with usable photos; there is \(only).")
    }

    /// What a person should know before the fit, in sentences.
    public var remarks: [String] {
        (contradictions.map { [$0] } ?? []) + smallClasses
    }

    /// Photos that are in two classes: at least one of the two is wrong.
    private var contradictions: String? {
        let copies = Dictionary(grouping: photos.indices) { photos[$0].digest }.values
            .filter { Set($0.map { photos[$0].classIndex }).count > 1 }
            .map { $0.map { photos[$0].path.printable } }
            .sorted { $0[0] < $1[0] }
        guard !copies.isEmpty else { return nil }
        let names = copies.prefix(5).map { $0.joined(separator: " = ") }.joined(separator: "; ")
        let rest = copies.count > 5 ? " and \(copies.count - 5) more" : ""
        return "the same photo is in more than one class, so one label is wrong: \(names)\(rest)."
    }

    /// Classes under 20 photos, of which `retrain.py` warns too.
    private var smallClasses: [String] {
        var counts = [Int](repeating: 0, count: labels.count)
        for photo in photos { counts[photo.classIndex] += 1 }
        let small = labels.indices.filter { counts[$0] < Verdict.enough }
        guard !small.isEmpty else { return [] }
        let names = small.prefix(5).map { "'\(labels[$0].printable)' (\(counts[$0]))" }
        let rest = small.count > names.count ? " and \(small.count - names.count) more" : ""
        let subject = small.count == 1 ? "1 class has" : "\(small.count) classes have"
        return [
            "\(subject) fewer than \(Verdict.enough) photos, which may be too few: \(names.joined(separator: ", "))\(rest)."
        ]
            + small.filter { counts[$0] < 3 }.map { index in
                "'\(labels[index].printable)' has \(counts[index]) photo\(counts[index] == 1 ? "" : "s"): too few to be trained "
                    + "on, chosen by and tested."
            }
    }

    /// How many photos look like others, or are named like others, and classes that are mostly one such crowd: such a class has one
    /// side of the split, so the test says little about it.
    public func lookAlikes(_ plan: SplitPlan) -> (summary: String?, warnings: [String]) {
        let alike = Dictionary(grouping: plan.looks.indices) { plan.looks[$0] }.values.filter { $0.count > 1 }
        let count = alike.reduce(0) { $0 + $1.count }
        var summary: [String] = []
        if count > 0 {
            summary.append(
                "\(count) of them look like another one, \(alike.count) picture\(alike.count == 1 ? "" : "s") in all; look-alikes are kept on one side of the "
                    + "split.")
        }
        if plan.namesakes > 0 {
            summary.append("\(plan.namesakes) of them are kept together by their names, up to '_nohash_'.")
        }
        return (summary.isEmpty ? nil : summary.joined(separator: " "), crowdWarnings(plan))
    }

    private func crowdWarnings(_ plan: SplitPlan) -> [String] {
        let sizes = Dictionary(grouping: photos) { $0.classIndex }.mapValues(\.count)
        let looks = crowds(plan.looks, sizes)
        let kept = crowds(plan.groups, sizes).filter { looks[$0.key] == nil }
        let warnings =
            looks.map { index, count in
                (
                    index,
                    "\(count) of the \(sizes[index, default: 0]) photos of '\(labels[index].printable)' look so much alike that they "
                        + "count as copies of one picture, so the test says little about this class. Photos from other places "
                        + "would help."
                )
            }
            + kept.map { index, count in
                (
                    index,
                    "\(count) of the \(sizes[index, default: 0]) photos of '\(labels[index].printable)' are kept together by their "
                        + "names, up to '_nohash_', so the test says little about this class. Photos with other names would help."
                )
            }
        return warnings.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// Classes that are mostly in one group, and how many of their photos that has.
    private func crowds(_ groups: [Int], _ sizes: [Int: Int]) -> [Int: Int] {
        var found: [Int: Int] = [:]
        for group in Dictionary(grouping: groups.indices, by: { groups[$0] }).values where group.count >= 5 {
            for (index, members) in Dictionary(grouping: group, by: { photos[$0].classIndex })
            where members.count >= 5 && members.count * 2 > sizes[index, default: 0] { found[index] = members.count }
        }
        return found
    }
}

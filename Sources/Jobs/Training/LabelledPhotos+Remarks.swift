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
        let small = labels.indices.filter { counts[$0] < 20 }
        guard !small.isEmpty else { return [] }
        let names = small.prefix(5).map { "'\(labels[$0].printable)' (\(counts[$0]))" }
        let rest = small.count > names.count ? " and \(small.count - names.count) more" : ""
        let subject = small.count == 1 ? "1 class has" : "\(small.count) classes have"
        return [
            "\(subject) fewer than 20 photos, which may be too few: \(names.joined(separator: ", "))\(rest)."
        ]
            + small.filter { counts[$0] < 3 }.map { index in
                "'\(labels[index].printable)' has \(counts[index]) photo\(counts[index] == 1 ? "" : "s"): too few to train on "
                    + "and to test."
            }
    }

    /// How many photos look like others, and classes that are mostly one crowd of look-alikes: such a class has one side of
    /// the split, so the test says little about it.
    public func lookAlikes(_ plan: SplitPlan) -> (summary: String?, warnings: [String]) {
        let alike = Dictionary(grouping: plan.groups.indices) { plan.groups[$0] }.values.filter { $0.count > 1 }
        guard !alike.isEmpty else { return (nil, []) }
        let count = alike.reduce(0) { $0 + $1.count }
        let summary =
            "\(count) of them look like another one, \(alike.count) pictures in all; look-alikes are kept on one side of the "
            + "split."
        let sizes = Dictionary(grouping: photos) { $0.classIndex }.mapValues(\.count)
        let crowds = alike.flatMap { group in
            Dictionary(grouping: group) { photos[$0].classIndex }
                .filter { $0.value.count >= 5 && $0.value.count * 2 > sizes[$0.key, default: 0] }
                .map { ($0.key, $0.value.count) }
        }
        let warnings = crowds.sorted { $0.0 < $1.0 }.map { index, count in
            "\(count) of the \(sizes[index, default: 0]) photos of '\(labels[index].printable)' look so much alike that they "
                + "count as copies of one picture, so the test says little about this class. Photos from other places would "
                + "help."
        }
        return (summary, warnings)
    }
}

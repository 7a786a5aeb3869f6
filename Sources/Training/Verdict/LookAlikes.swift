/// Photos that are equal or look the same, counted.
public struct LookAlikes: Sendable, Equatable {
    public let photos: Int
    /// Photos that look like another one.
    public let alike: Int
    /// Pictures that those are of.
    public let pictures: Int
    /// Pictures that are in more than one class: at least one label is wrong.
    public let acrossLabels: Int
    /// Pictures that are on more than one side of the split: the test knows some of what was trained on.
    public let acrossSplits: Int
    /// Of some pictures that are in more than one class: the paths of two of their photos.
    public let examples: [[String]]

    package init(
        photos: Int, alike: Int = 0, pictures: Int = 0, acrossLabels: Int = 0, acrossSplits: Int = 0,
        examples: [[String]] = []
    ) {
        (self.photos, self.alike, self.pictures) = (photos, alike, pictures)
        (self.acrossLabels, self.acrossSplits, self.examples) = (acrossLabels, acrossSplits, examples)
    }

    public init(_ photos: [SplitPlan.Photo], _ plan: SplitPlan) {
        let groups = Dictionary(grouping: plan.groups.indices) { plan.groups[$0] }.values
            .filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
        let mixed = groups.filter { group in group.contains { photos[$0].classIndex != photos[group[0]].classIndex } }
        self.photos = photos.count
        alike = groups.reduce(0) { $0 + $1.count }
        pictures = groups.count
        acrossLabels = mixed.count
        acrossSplits = groups.count { group in group.contains { plan.splits[$0] != plan.splits[group[0]] } }
        examples = mixed.prefix(3).map { group in
            let other = group.first { photos[$0].classIndex != photos[group[0]].classIndex } ?? group[0]
            return [photos[group[0]].path, photos[other].path]
        }
    }
}

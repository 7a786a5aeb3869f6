/// Photos that are equal or look the same, counted.
public struct LookAlikes: Sendable, Equatable {
    public let photos: Int
    /// Photos that look like another one.
    public let alike: Int
    /// Pictures that those are of.
    public let pictures: Int
    /// Pictures that are in more than one class: a label may be wrong.
    public let acrossLabels: Int
    /// Of these, those of which one file is in more than one class: at least one label is wrong.
    public let filesAcrossLabels: Int
    /// Of some pictures that are in more than one class, equal files first: the paths of two of their photos.
    public let examples: [[String]]
    /// What the test knows of what was trained on.
    public let leaks: SplitLeaks

    package init(
        photos: Int, alike: Int = 0, pictures: Int = 0, acrossLabels: Int = 0, filesAcrossLabels: Int = 0,
        examples: [[String]] = [], leaks: SplitLeaks = SplitLeaks()
    ) {
        (self.photos, self.alike, self.pictures) = (photos, alike, pictures)
        (self.acrossLabels, self.filesAcrossLabels) = (acrossLabels, filesAcrossLabels)
        (self.examples, self.leaks) = (examples, leaks)
    }

    /// Takes seconds where there are many photos.
    /// - Parameter poll: called often; what it throws ends the computation.
    public init(_ photos: [SplitPlan.Photo], _ plan: SplitPlan, poll: () throws -> Void) rethrows {
        // Photos that are kept together by their names alone are no copies.
        let groups = Dictionary(grouping: plan.looks.indices) { plan.looks[$0] }.values
            .filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
        let mixed = groups.filter { Self.other(than: $0[0], in: $0, photos) != nil }
        let files = Dictionary(grouping: mixed.joined()) { photos[$0].digest }.values
            .filter { Self.other(than: $0[0], in: $0, photos) != nil }.sorted { $0[0] < $1[0] }
        self.photos = photos.count
        alike = groups.reduce(0) { $0 + $1.count }
        pictures = groups.count
        acrossLabels = mixed.count
        let ofFiles = Set(files.map { plan.looks[$0[0]] })
        filesAcrossLabels = ofFiles.count
        examples = (files + mixed.filter { !ofFiles.contains(plan.looks[$0[0]]) }).prefix(3).map { group in
            [group[0], Self.other(than: group[0], in: group, photos) ?? group[0]].map { photos[$0].path }
        }
        leaks = try SplitLeaks(photos, plan, poll: poll)
    }

    /// One of another class.
    private static func other(than photo: Int, in group: [Int], _ photos: [SplitPlan.Photo]) -> Int? {
        group.first { photos[$0].classIndex != photos[photo].classIndex }
    }
}

import Domain

/// Cross-validation from outside: every photo is in the test split of one fold. One in nine of the others is validation.
public struct HeldOut: Sendable {
    private let labels: [String]
    private let photos: [SplitPlan.Photo]
    private let groups: [Int]
    private let wanted: Int

    public init(labels: [String], photos: [SplitPlan.Photo], folds: Int) {
        self.labels = labels
        self.photos = photos
        groups = PhotoGroups(photos).groupOf
        wanted = folds
    }

    public func foldCount(seed: UInt64) -> Int { assign(seed).count }

    /// What a recipe may see, and what it is tested on, when `fold` is held out.
    public func trainingSet(testing fold: Int, seed: UInt64) -> TrainingSet {
        let folds = assign(seed).folds
        let rest = photos.indices.filter { folds[$0] != fold }
        let inner = Folds.assign(
            classes: rest.map { photos[$0].classIndex }, groups: rest.map { groups[$0] }, wanted: 9, seed: seed &+ 1)
        var splits = [Split](repeating: .test, count: photos.count)
        for (position, photo) in rest.enumerated() { splits[photo] = inner.folds[position] == 0 ? .validation : .train }
        return TrainingSet(labels: labels, photos: photos, plan: SplitPlan(splits: splits, groups: groups))
    }

    private func assign(_ seed: UInt64) -> (folds: [Int], count: Int) {
        Folds.assign(classes: photos.map(\.classIndex), groups: groups, wanted: wanted, seed: seed)
    }
}

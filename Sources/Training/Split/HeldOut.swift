import Domain

/// Cross-validation from outside: a photo is in the test split of one fold, unless its class has no other to learn from.
/// One in nine of the others is validation.
public struct HeldOut: Sendable {
    private let labels: [String]
    private let photos: [SplitPlan.Photo]
    private let groups: [Int]
    private let wanted: Int

    public init(labels: [String], photos: [SplitPlan.Photo], folds: Int) {
        self.labels = labels
        self.photos = photos
        groups = PhotoGroups(photos, poll: {}).groupOf
        wanted = folds
    }

    public func foldCount(seed: UInt64) -> Int { folds(seed).count }

    /// What a recipe may see, and what it is tested on, when `fold` is held out.
    public func trainingSet(testing fold: Int, seed: UInt64) -> TrainingSet {
        let rest = folds(seed).fitted(without: fold)
        let inner = Folds(
            classes: rest.map { photos[$0].classIndex }, groups: rest.map { groups[$0] }, wanted: 9, seed: seed &+ 1)
        var splits = [Split](repeating: .test, count: photos.count)
        for photo in rest { splits[photo] = .train }
        for position in inner.held(in: 0) { splits[rest[position]] = .validation }
        return TrainingSet(labels: labels, photos: photos, plan: SplitPlan(splits: splits, groups: groups))
    }

    private func folds(_ seed: UInt64) -> Folds {
        Folds(classes: photos.map(\.classIndex), groups: groups, wanted: wanted, seed: seed)
    }
}

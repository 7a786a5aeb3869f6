import Domain

/// Deals photos into the folds of a cross-validation.
package enum Folds {
    /// Stratified: the photos of each class are spread evenly. Look-alikes go into one fold.
    /// - Parameters:
    ///   - groups: photos with the same number are look-alikes.
    ///   - wanted: folds, if every class has as many groups; at least two.
    package static func assign(classes: [Int], groups: [Int], wanted: Int, seed: UInt64) -> (folds: [Int], count: Int) {
        let members = Dictionary(grouping: classes.indices) { groups[$0] }
        // A group counts for the class of its first photo.
        let byClass = Dictionary(grouping: members.values.map { $0.sorted() }) { classes[$0[0]] }
            .sorted { $0.key < $1.key }
        let smallest = byClass.map(\.value.count).min() ?? 0
        let count = max(2, min(wanted, smallest))
        var random = SeededRandom(seed: seed)
        var folds = [Int](repeating: 0, count: classes.count)
        var next = 0
        for (_, groupsOfClass) in byClass {
            var order = groupsOfClass.sorted { $0[0] < $1[0] }
            random.shuffle(&order)
            // Going on where the last class stopped keeps the folds equally large.
            for group in order {
                for photo in group { folds[photo] = next }
                next = (next + 1) % count
            }
        }
        return (folds, count)
    }
}

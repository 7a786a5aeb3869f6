import Domain

/// Photos dealt into the folds of a cross-validation.
package struct Folds: Sendable {
    /// Of each photo; nil where a class of its group has no other group, so that a fit without it could not know the class.
    package let foldOf: [Int?]
    package let count: Int

    /// Stratified: the photos of each class are spread evenly. Look-alikes go into one fold.
    /// - Parameters:
    ///   - groups: photos with the same number are look-alikes.
    ///   - wanted: folds, if at least half of the classes have as many groups; at least two. A class with fewer is in as
    ///     many of the folds as it can be: one small class must not cost all others most of what they are fitted on.
    package init(classes: [Int], groups: [Int], wanted: Int, seed: UInt64) {
        let members = Dictionary(grouping: classes.indices) { groups[$0] }
        // A group counts for the class of its first photo.
        let byClass = Dictionary(grouping: members.values.map { $0.sorted() }) { classes[$0[0]] }
            .sorted { $0.key < $1.key }
        let sizes = byClass.map(\.value.count).sorted()
        count = max(2, min(wanted, sizes.isEmpty ? 0 : sizes[sizes.count / 2]))
        let groupsOfClass = Dictionary(grouping: classes.indices) { classes[$0] }.mapValues { photos in
            Set(photos.map { groups[$0] }).count
        }
        var random = SeededRandom(seed: seed)
        var foldOf = [Int?](repeating: nil, count: classes.count)
        var next = 0
        for (_, groups) in byClass {
            var order = groups.sorted { $0[0] < $1[0] }
            random.shuffle(&order)
            // Going on where the last class stopped keeps the folds equally large. All classes of a group count: a photo
            // may be in two of them.
            for group in order where group.allSatisfy({ groupsOfClass[classes[$0], default: 0] > 1 }) {
                for photo in group { foldOf[photo] = next }
                next = (next + 1) % count
            }
        }
        // A group counts for one of its classes, so all groups of another may have come to lie in one fold. One of them must
        // then always be fitted on.
        for (_, photos) in Dictionary(grouping: classes.indices, by: { classes[$0] }).sorted(by: { $0.key < $1.key }) {
            guard let fold = foldOf[photos[0]], photos.allSatisfy({ foldOf[$0] == fold }),
                let last = photos.max(by: { (groups[$0], $0) < (groups[$1], $1) })
            else { continue }
            for photo in members[groups[last]] ?? [] { foldOf[photo] = nil }
        }
        self.foldOf = foldOf
    }

    /// Photos that are held out while the fold is predicted.
    package func held(in fold: Int) -> [Int] { foldOf.indices.filter { foldOf[$0] == fold } }

    /// All others.
    package func fitted(without fold: Int) -> [Int] { foldOf.indices.filter { foldOf[$0] != fold } }
}

import Domain

/// Photos some of whose labels have been made wrong, to measure how many of these an analysis finds.
package struct PlantedErrors: Sendable {
    package let photos: [SplitPlan.Photo]
    /// Positions of the photos with a wrong label.
    package let planted: Set<Int>
    private let trueClasses: [Int]

    /// - Parameters:
    ///   - share: of all photos, 0…1.
    ///   - classCount: at least two.
    package init(in photos: [SplitPlan.Photo], share: Double, classCount: Int, seed: UInt64) {
        trueClasses = photos.map(\.classIndex)
        var random = SeededRandom(seed: seed)
        var order = Array(photos.indices)
        random.shuffle(&order)
        planted = Set(order.prefix(Int((Double(photos.count) * share).rounded())))
        var changed = photos
        for position in planted.sorted() {
            let photo = photos[position]
            // Any class but its own, all as likely as each other.
            let wrong = (photo.classIndex + 1 + random.index(below: classCount - 1)) % classCount
            changed[position] = SplitPlan.Photo(
                path: photo.path, classIndex: wrong, digest: photo.digest, bottleneck: photo.bottleneck)
        }
        self.photos = changed
    }

    /// Planted errors that would have their old label again if somebody gave each the label that is most probable.
    package func mended(by opinions: [Opinion?]) -> Int {
        planted.count { opinions[$0]?.best.first?.label == trueClasses[$0] }
    }

    /// Which part of the planted errors is among the first photos of a list.
    /// - Parameter share: of all photos, how many are looked at.
    package func found(in ranking: [Int], first share: Double) -> Double {
        let looked = ranking.prefix(Int(Double(photos.count) * share))
        return Double(looked.count { planted.contains($0) }) / Double(max(planted.count, 1))
    }
}

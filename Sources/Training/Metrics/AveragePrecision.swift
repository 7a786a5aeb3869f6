/// How well the photos of each class stand before the others when all are sorted by the class's probability: the mean, over
/// its photos, of the precision down to them (without interpolation, as scikit-learn computes it). 1 is perfect.
package enum AveragePrecision {
    /// - Parameters:
    ///   - probabilities: `[photos, classCount]`.
    ///   - classes: the true class of each photo.
    /// - Returns: of each class; nil where it has no photo.
    /// - Complexity: a search among the class's own photos for each of the probabilities, and no sorting of all of them.
    package static func ofClasses(probabilities: [Float], classes: [Int], classCount: Int) -> [Double?] {
        /// Of each class, the probabilities that its own photos have, ascending.
        var own = [[Float]](repeating: [], count: classCount)
        for (photo, truth) in classes.enumerated() { own[truth].append(probabilities[photo * classCount + truth]) }
        for index in own.indices { own[index].sort() }
        /// Of each class, how many photos stand at or above its n-th one and below its next.
        var places = own.map { [Int](repeating: 0, count: $0.count) }
        for photo in classes.indices {
            for index in 0..<classCount where !own[index].isEmpty {
                let place = own[index].countUpTo(probabilities[photo * classCount + index])
                if place > 0 { places[index][place - 1] += 1 }
            }
        }
        return own.indices.map { average(own[$0], places[$0]) }
    }

    private static func average(_ own: [Float], _ places: [Int]) -> Double? {
        guard !own.isEmpty else { return nil }
        var (above, found, sum, equal) = (0, 0, 0.0, 0)
        for index in own.indices.reversed() {
            above += places[index]
            (found, equal) = (found + 1, equal + 1)
            // Those that are equal have one place.
            if index > 0, own[index - 1] == own[index] { continue }
            sum += Double(equal) * Double(found) / Double(above)
            equal = 0
        }
        return sum / Double(own.count)
    }
}

extension [Float] {
    /// How many of these, which ascend, are at most `value`.
    fileprivate func countUpTo(_ value: Float) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

import Domain

/// Test photos that are nearly the same, to the backbone, as one that was trained on or chosen by.
///
/// The split keeps copies together where their appearance tells them (`PhotoGroups`). What it cannot tell, as a film's next frame,
/// or the same thing moved a little, is found here by the bottlenecks alone.
public struct SplitLeaks: Sendable, Equatable {
    /// Test photos that were looked at.
    public let looked: Int
    public let count: Int
    /// The largest cosine first: the paths of a test photo and of the other.
    public let examples: [[String]]

    /// As many test photos, evenly spread, are compared with all others: with more it would take minutes.
    private static let limit = 1000
    private static let rowsAtOnce = 2048

    /// Cosines from which on two photos are nearly the same. Of 296 pets the nearest of another has 0.68 in the median and at
    /// most 0.87. Where all photos are of one kind, as scans of characters are, different ones have 0.95 in the median, 0.97 in one
    /// case of eight and 0.99 in one of three hundred; so where the median is that high, the larger one counts.
    private static let (usual, narrow) = (0.97, 0.99)
    private static let narrowMedian = 0.9

    package init(looked: Int = 0, count: Int = 0, examples: [[String]] = []) {
        (self.looked, self.count, self.examples) = (looked, count, examples)
    }

    init(_ photos: [SplitPlan.Photo], _ plan: SplitPlan, poll: () throws -> Void) rethrows {
        let all = plan.indices(of: .test)
        let step = max(1, (all.count + Self.limit - 1) / Self.limit)
        let test = stride(from: 0, to: all.count, by: step).map { all[$0] }
        let rest = plan.splits.indices.filter { plan.splits[$0] != .test }
        guard let first = test.first, !rest.isEmpty, !photos[first].bottleneck.features.isEmpty else {
            self.init(looked: test.count)
            return
        }
        let wanted = Self.directions(test, photos)
        var nearest = [(cosine: Float, photo: Int)](repeating: (-1, rest[0]), count: test.count)
        for start in stride(from: 0, to: rest.count, by: Self.rowsAtOnce) {
            try poll()
            let block = Array(rest[start..<min(start + Self.rowsAtOnce, rest.count)])
            let cosines = LinearAlgebra.scores(
                wanted, Self.directions(block, photos).values, biases: [Float](repeating: 0, count: block.count))
            for row in test.indices {
                for (column, photo) in block.enumerated()
                where cosines[row * block.count + column] > nearest[row].cosine {
                    nearest[row] = (cosines[row * block.count + column], photo)
                }
            }
        }
        let median = nearest.map(\.cosine).sorted()[nearest.count / 2]
        let threshold = Float(Double(median) < Self.narrowMedian ? Self.usual : Self.narrow)
        let found = test.indices.filter { nearest[$0].cosine >= threshold }
            .sorted { (nearest[$1].cosine, $0) < (nearest[$0].cosine, $1) }
        self.init(
            looked: test.count, count: found.count,
            examples: found.prefix(3).map { [photos[test[$0]].path, photos[nearest[$0].photo].path] })
    }

    /// Bottlenecks of length 1; one without a length, as of a black picture, is like no other.
    private static func directions(_ indices: [Int], _ photos: [SplitPlan.Photo]) -> FeatureMatrix {
        var matrix = FeatureMatrix(columns: photos[indices[0]].bottleneck.features.count, capacity: indices.count)
        for index in indices {
            let features = photos[index].bottleneck.features
            let length = Float(LinearAlgebra.dot(features, features).squareRoot())
            matrix.append(length > 0 ? features.map { $0 / length } : features)
        }
        return matrix
    }
}

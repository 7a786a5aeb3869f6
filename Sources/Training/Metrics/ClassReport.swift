/// How one class fares on the test photos.
public struct ClassReport: Sendable, Equatable {
    public let label: String
    /// Photos that are of this class.
    public let support: Int
    /// Of what was called this class, the part that is: nil where nothing was.
    public let precision: Double?
    /// Of what is this class, the part that was called so: nil where no photo is.
    public let recall: Double?
    /// The harmonic mean of the two: nil where neither is defined.
    public let f1: Double?
}

/// Counts of photos by true class (row) and predicted class (column).
public struct ConfusionMatrix: Sendable, Equatable {
    public let labels: [String]
    /// `[labels, labels]`
    public private(set) var counts: [Int]

    public init(labels: [String], truth: [Int], predicted: [Int]) {
        self.labels = labels
        counts = Array(repeating: 0, count: labels.count * labels.count)
        for (row, column) in zip(truth, predicted) { counts[row * labels.count + column] += 1 }
    }

    public subscript(truth: Int, predicted: Int) -> Int { counts[truth * labels.count + predicted] }

    public var total: Int { counts.reduce(0, +) }
    public var correct: Int { labels.indices.reduce(0) { $0 + self[$1, $1] } }

    /// One report a class, in the order of the labels.
    public var reports: [ClassReport] {
        labels.indices.map { index in
            let support = labels.indices.reduce(0) { $0 + self[index, $1] }
            let called = labels.indices.reduce(0) { $0 + self[$1, index] }
            let hits = Double(self[index, index])
            return ClassReport(
                label: labels[index], support: support, precision: called > 0 ? hits / Double(called) : nil,
                recall: support > 0 ? hits / Double(support) : nil,
                f1: support + called > 0 ? 2 * hits / Double(support + called) : nil)
        }
    }
}

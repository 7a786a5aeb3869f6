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

/// Counts of photos by true class and predicted class; only those that occur are kept, so that it stays small with
/// thousands of classes.
public struct ConfusionMatrix: Sendable, Equatable {
    private struct Cell: Hashable {
        let truth: Int
        let predicted: Int
    }

    public let labels: [String]
    private var counts: [Cell: Int] = [:]

    public init(labels: [String], truth: [Int], predicted: [Int]) {
        self.labels = labels
        for (truth, predicted) in zip(truth, predicted) {
            counts[Cell(truth: truth, predicted: predicted), default: 0] += 1
        }
    }

    public subscript(truth: Int, predicted: Int) -> Int { counts[Cell(truth: truth, predicted: predicted)] ?? 0 }

    /// What occurs, by true class and predicted class.
    public var cells: [(truth: Int, predicted: Int, count: Int)] {
        counts.map { ($0.key.truth, $0.key.predicted, $0.value) }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    }

    public var total: Int { counts.values.reduce(0, +) }
    public var correct: Int { labels.indices.reduce(0) { $0 + self[$1, $1] } }

    /// One report a class, in the order of the labels.
    public var reports: [ClassReport] {
        var (supports, calls) = (
            [Int](repeating: 0, count: labels.count), [Int](repeating: 0, count: labels.count)
        )
        for (cell, count) in counts {
            supports[cell.truth] += count
            calls[cell.predicted] += count
        }
        return labels.indices.map { index in
            let (support, called, hits) = (supports[index], calls[index], Double(self[index, index]))
            return ClassReport(
                label: labels[index], support: support, precision: called > 0 ? hits / Double(called) : nil,
                recall: support > 0 ? hits / Double(support) : nil,
                f1: support + called > 0 ? 2 * hits / Double(support + called) : nil)
        }
    }
}

import Foundation

/// How frequent the classes are: what is known of a photo before it is looked at.
struct ClassPriors: Sendable {
    /// Less the mean of them, so that classes of equal size have zeros; of a class without photos as if it had half a one.
    private let logarithms: [Float]

    init(_ classes: [Int], classCount: Int) {
        var counts = [Double](repeating: 0, count: classCount)
        for index in classes { counts[index] += 1 }
        let values = counts.map { log(max($0, 0.5)) }
        let mean = values.reduce(0, +) / Double(max(classCount, 1))
        logarithms = values.map { Float($0 - mean) }
    }

    /// Whether all classes have as many photos, give or take one in twenty, which is not worth a difference.
    var areEqual: Bool { logarithms.allSatisfy { abs($0) < 0.05 } }

    /// Adds the logarithms, times the scale, to each row of `scores[any number, classes]`.
    func add(to scores: inout [Float], scaledBy scale: Double) {
        for start in stride(from: 0, to: scores.count, by: logarithms.count) {
            for (index, logarithm) in logarithms.enumerated() { scores[start + index] += Float(scale) * logarithm }
        }
    }
}

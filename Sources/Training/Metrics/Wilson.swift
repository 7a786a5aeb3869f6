import Foundation

/// A range that contains the true proportion in 95 of 100 cases.
public struct ConfidenceInterval: Sendable, Equatable, Codable {
    public let lower: Double
    public let upper: Double

    /// Wilson's score interval (JASA 22, 1927), which unlike the usual ± stays inside 0…1 and is honest about small counts.
    /// Of no observations at all: 0…1.
    public init(successes: Int, of count: Int) {
        guard count > 0 else {
            (lower, upper) = (0, 1)
            return
        }
        let z = 1.959963984540054  // the 97.5th percentile of the normal distribution
        let n = Double(count)
        let proportion = Double(successes) / n
        let centre = proportion + z * z / (2 * n)
        let margin = z * (proportion * (1 - proportion) / n + z * z / (4 * n * n)).squareRoot()
        let scale = 1 + z * z / n
        // At the ends rounding leaves a trace of 0 and 1.
        lower = successes == 0 ? 0 : max(0, (centre - margin) / scale)
        upper = successes == count ? 1 : min(1, (centre + margin) / scale)
    }
}

extension Double {
    var logarithm: Double { log(self) }
}

extension Collection<Float> where Index == Int {
    /// Position, counted from 0, of the largest value; the first of equals.
    package var indexOfLargest: Int {
        var best = startIndex
        for index in indices where self[index] > self[best] { best = index }
        return best - startIndex
    }
}

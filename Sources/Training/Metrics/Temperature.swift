import Foundation

/// The one number by which scores are divided so that the probabilities mean what they say (Guo et al., "On calibration of
/// modern neural networks", ICML 2017). It changes no answer, only how sure the answers sound.
package struct Temperature: Sendable {
    package let value: Double
    /// The cross-entropy at this temperature, in nats.
    package let crossEntropy: Double

    /// Finds the temperature between 1/50 and 50 at which the cross-entropy is smallest, by golden-section search on its
    /// logarithm; the cross-entropy has one minimum there.
    /// - Parameters:
    ///   - scores: `[photos, classCount]`, of photos that the scoring head was not fitted on.
    ///   - classes: the true class of each photo.
    ///   - poll: called before each look at all scores; what it throws ends the search.
    package init(scores: [Float], classes: [Int], classCount: Int, poll: () throws -> Void) rethrows {
        func loss(_ logarithm: Double, _ poll: () throws -> Void) rethrows -> Double {
            try poll()
            return Self.crossEntropy(scores, classes, classCount, temperature: exp(logarithm))
        }
        let ratio = (5.0.squareRoot() - 1) / 2
        var (low, high) = (-log(50.0), log(50.0))
        var (left, right) = (high - ratio * (high - low), low + ratio * (high - low))
        var (leftLoss, rightLoss) = (try loss(left, poll), try loss(right, poll))
        while high - low > 1e-3 {
            if leftLoss <= rightLoss {
                (high, right, rightLoss) = (right, left, leftLoss)
                left = high - ratio * (high - low)
                leftLoss = try loss(left, poll)
            } else {
                (low, left, leftLoss) = (left, right, rightLoss)
                right = low + ratio * (high - low)
                rightLoss = try loss(right, poll)
            }
        }
        value = exp((low + high) / 2)
        crossEntropy = try loss((low + high) / 2, poll)
    }

    private static func crossEntropy(
        _ scores: [Float], _ classes: [Int], _ classCount: Int, temperature: Double
    ) -> Double {
        var sum = 0.0
        for (photo, truth) in classes.enumerated() {
            let row = scores[photo * classCount..<(photo + 1) * classCount]
            let largest = Double(row.max() ?? 0)
            let normaliser = row.reduce(0.0) { $0 + exp((Double($1) - largest) / temperature) }
            sum += log(normaliser) - (Double(row[row.startIndex + truth]) - largest) / temperature
        }
        return sum / Double(max(classes.count, 1))
    }
}

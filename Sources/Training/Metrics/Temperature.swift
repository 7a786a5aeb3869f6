import Foundation

/// The one number by which scores are divided so that the probabilities mean what they say (Guo et al., "On calibration of
/// modern neural networks", ICML 2017). It changes no answer, only how sure the answers sound.
package struct Temperature: Sendable {
    package let value: Double
    /// The cross-entropy at this temperature, in nats.
    package let crossEntropy: Double

    /// Finds the temperature at which the cross-entropy is smallest, by golden-section search on its logarithm; the
    /// cross-entropy has one minimum. It is at least 1/10,000, and at most so high that the lowest score of a photo stays
    /// about a hundredth below its highest: where the scores say nothing, no temperature would be too high, and in 32 bits all
    /// probabilities would become the same, so that the answer were always the first class.
    /// - Parameters:
    ///   - scores: `[photos, classCount]`, of photos that the scoring head was not fitted on.
    ///   - classes: the true class of each photo.
    ///   - isCautious: whether the photos count as if one more had been wrong than were (Platt, "Probabilistic outputs for
    ///     support vector machines", 1999): scores that are right of all of them would else have no best temperature but 0.
    ///   - poll: called before each look at all scores; what it throws ends the search.
    package init(
        scores: [Float], classes: [Int], classCount: Int, isCautious: Bool = false, poll: () throws -> Void
    ) rethrows {
        let photos = ShiftedScores(
            scores, classes, classCount, smoothing: isCautious ? 1 / Double(classes.count + 2) : 0)
        func loss(_ logarithm: Double, _ poll: () throws -> Void) rethrows -> Double {
            try poll()
            return photos.crossEntropy(temperature: exp(logarithm))
        }
        let ratio = (5.0.squareRoot() - 1) / 2
        var low = -log(1e4)
        var high = max(low + 1, log(photos.meanRange / Self.leastRange))
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

    /// Of scores that have been divided: what their range must not fall below.
    private static let leastRange = 0.01

    /// Of each photo, −log p(true class) at a temperature, in nats.
    static func losses(_ scores: [Float], classes: [Int], classCount: Int, temperature: Double) -> [Float] {
        let scale = Float(1 / temperature)
        return classes.enumerated().map { photo, truth in
            let row = scores[photo * classCount..<(photo + 1) * classCount].map { $0 * scale }
            let largest = row.max() ?? 0
            return log(row.reduce(0) { $0 + exp($1 - largest) }) + largest - row[truth]
        }
    }
}

/// Scores less the largest of their photo, as which they are looked at over and over.
private struct ShiftedScores {
    /// `[photos, classCount]`
    private var scores: [Float]
    /// Mean of the true class's, with a little of all classes' mean where one more photo is to count as wrong.
    private let meanTrue: Double
    /// Mean of the highest less the lowest score of a photo.
    let meanRange: Double
    private let classCount: Int

    init(_ scores: [Float], _ classes: [Int], _ classCount: Int, smoothing: Double) {
        (self.scores, self.classCount) = (scores, classCount)
        var (sum, ranges) = (0.0, 0.0)
        self.scores.withUnsafeMutableBufferPointer { all in
            for (photo, truth) in classes.enumerated() {
                let row = UnsafeMutableBufferPointer(rebasing: all[photo * classCount..<(photo + 1) * classCount])
                var largest = -Float.infinity
                for score in row { largest = max(largest, score) }
                var smallest: Float = 0
                for index in row.indices {
                    row[index] -= largest
                    smallest = min(smallest, row[index])
                }
                ranges -= Double(smallest)
                sum += (1 - smoothing) * Double(row[truth])
                if smoothing > 0 {
                    sum += smoothing * row.reduce(0.0) { $0 + Double($1) } / Double(classCount)
                }
            }
        }
        meanTrue = sum / Double(max(classes.count, 1))
        meanRange = ranges / Double(max(classes.count, 1))
    }

    func crossEntropy(temperature: Double) -> Double {
        let scale = Float(1 / temperature)
        var sum = 0.0
        scores.withUnsafeBufferPointer { all in
            for start in stride(from: 0, to: all.count, by: classCount) {
                var normaliser: Float = 0
                for index in start..<start + classCount { normaliser += exp(all[index] * scale) }
                sum += Double(log(normaliser))
            }
        }
        return sum / Double(max(scores.count / max(classCount, 1), 1)) - meanTrue / temperature
    }
}

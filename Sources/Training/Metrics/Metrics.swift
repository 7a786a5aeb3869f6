/// How well a head does on labelled photos.
public struct Metrics: Sendable, Equatable {
    /// 0…1; photos of every class count alike.
    public let accuracy: Double
    /// Mean of −log p(true class), in nats.
    public let crossEntropy: Double
    public let count: Int

    public init(accuracy: Double, crossEntropy: Double, count: Int) {
        self.accuracy = accuracy
        self.crossEntropy = crossEntropy
        self.count = count
    }

    /// - Parameters:
    ///   - probabilities: `[photos, classCount]`.
    ///   - classes: the true class of each photo.
    public init(probabilities: [Float], classes: [Int], classCount: Int) {
        var (correct, sum) = (0, 0.0)
        for (photo, truth) in classes.enumerated() {
            let row = probabilities[photo * classCount..<(photo + 1) * classCount]
            if row.indexOfLargest == truth { correct += 1 }
            // A probability of exactly 0 is one that a float cannot hold.
            sum -= Double(max(row[row.startIndex + truth], .leastNormalMagnitude)).logarithm
        }
        let count = Double(max(classes.count, 1))
        self.init(accuracy: Double(correct) / count, crossEntropy: sum / count, count: classes.count)
    }
}

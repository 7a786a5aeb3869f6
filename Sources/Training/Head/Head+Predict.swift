public import Domain

extension Head {
    /// Class probabilities of bottleneck vectors.
    /// - Parameter features: `[photos, featureCount]`, not yet transformed.
    /// - Returns: `[photos, labels]`, row by row; each row sums to 1.
    public func probabilities(_ features: FeatureMatrix) -> [Float] {
        var scores = self.scores(features)
        scores.withUnsafeMutableBufferPointer { scores in
            for row in 0..<features.rows {
                Softmax.apply(
                    to: UnsafeMutableBufferPointer(rebasing: scores[row * labels.count..<(row + 1) * labels.count]))
            }
        }
        return scores
    }

    /// What the softmax is taken of.
    /// - Returns: `[photos, labels]`, row by row.
    func scores(_ features: FeatureMatrix) -> [Float] {
        precondition(features.columns == featureCount)
        let transformed = features.transformed(transform)
        var scores: [Float] = []
        scores.reserveCapacity(features.rows * labels.count)
        for _ in 0..<features.rows { scores += biases }
        LinearAlgebra.multiply(
            transformed.values, timesTransposeOf: weights, m: features.rows, n: labels.count, k: featureCount, keep: 1,
            into: &scores)
        return scores
    }

    /// The same head with all scores divided by a temperature: the same answers, held with another confidence.
    package func cooled(by temperature: Double) -> Head {
        let factor = Float(1 / temperature)
        return Head(
            labels: labels, transform: transform, featureCount: featureCount, weights: weights.map { $0 * factor },
            biases: biases.map { $0 * factor })
    }
}

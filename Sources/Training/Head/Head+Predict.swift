public import Domain

extension Head {
    /// Class probabilities of bottleneck vectors.
    /// - Parameter features: `[photos, featureCount]`, not yet transformed.
    /// - Returns: `[photos, labels]`, row by row; each row sums to 1.
    public func probabilities(_ features: FeatureMatrix) -> [Float] {
        var probabilities = scores(features)
        Softmax.apply(toRowsOf: &probabilities, classCount: labels.count)
        return probabilities
    }

    /// What the softmax is taken of.
    /// - Returns: `[photos, labels]`, row by row.
    package func scores(_ features: FeatureMatrix) -> [Float] {
        precondition(features.columns == featureCount)
        return LinearAlgebra.scores(features.transformed(transform), weights, biases: biases)
    }

    /// The same head with all scores divided by a temperature: the same answers, held with another confidence.
    package func cooled(by temperature: Double) -> Head {
        let factor = Float(1 / temperature)
        return Head(
            labels: labels, transform: transform, featureCount: featureCount, weights: weights.map { $0 * factor },
            biases: biases.map { $0 * factor })
    }
}

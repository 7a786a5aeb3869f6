/// What is done to a bottleneck vector before the head sees it.
public enum FeatureTransform: String, Sendable, Codable, CaseIterable {
    case raw
    /// The square root of each feature (negative ones keep their sign), then scaled to length 1: keeps a few strong
    /// features from outvoting the rest (Perronnin et al., "Improving the Fisher kernel", ECCV 2010).
    case squareRootL2 = "square_root_l2"
}

/// A retrained last layer: `probabilities = softmax(weights · transform(bottleneck) + biases)`.
public struct Head: Sendable, Equatable, Codable {
    /// In the order of the outputs.
    public let labels: [String]
    public let transform: FeatureTransform
    public let featureCount: Int
    /// `[labels, featureCount]`, row by row.
    public let weights: [Float]
    /// `[labels]`
    public let biases: [Float]

    public init(labels: [String], transform: FeatureTransform, featureCount: Int, weights: [Float], biases: [Float]) {
        precondition(weights.count == labels.count * featureCount && biases.count == labels.count)
        self.labels = labels
        self.transform = transform
        self.featureCount = featureCount
        self.weights = weights
        self.biases = biases
    }
}

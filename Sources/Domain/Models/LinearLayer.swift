/// A fully connected layer: `weights · x + biases`.
public struct LinearLayer: Sendable, Equatable {
    public let inputs: Int
    public let outputs: Int
    /// `[outputs, inputs]`, row by row.
    public let weights: [Float]
    /// `[outputs]`
    public let biases: [Float]

    public init(inputs: Int, outputs: Int, weights: [Float], biases: [Float]) {
        precondition(weights.count == inputs * outputs && biases.count == outputs)
        self.inputs = inputs
        self.outputs = outputs
        self.weights = weights
        self.biases = biases
    }
}

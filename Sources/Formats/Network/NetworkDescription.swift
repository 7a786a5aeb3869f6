import Domain

/// A backbone's network as an export needs to know it: which file it is, what goes in and where the bottleneck is.
public struct NetworkDescription: Sendable, Equatable {
    public let backboneID: String
    /// Of the network's file: 64 hexadecimal digits.
    public let sha256: String
    /// The tensor that the picture goes in at.
    public let input: String
    /// The tensor with the bottleneck.
    public let features: String
    public let featureCount: Int
    public let width: Int
    public let height: Int
    /// `[N, height, width, 3]` instead of `[N, 3, height, width]`.
    public let isChannelsLast: Bool
    /// Blue first.
    public let isBGR: Bool
    /// The network takes `(value − mean) / std` of values 0…255; three each, in its channels' order.
    public let mean: [Float]
    public let std: [Float]
    /// The part of the largest possible box that a centre crop keeps: 0…1.
    public let cropFraction: Double

    public init(
        backboneID: String, sha256: String, input: String, features: String, featureCount: Int, width: Int, height: Int,
        isChannelsLast: Bool, isBGR: Bool, mean: [Float], std: [Float], cropFraction: Double
    ) {
        precondition(mean.count == 3 && std.count == 3)
        self.backboneID = backboneID
        self.sha256 = sha256
        self.input = input
        self.features = features
        self.featureCount = featureCount
        self.width = width
        self.height = height
        self.isChannelsLast = isChannelsLast
        self.isBGR = isBGR
        self.mean = mean
        self.std = std
        self.cropFraction = cropFraction
    }

    /// - Parameter what: what is wrong with the network's file, as the end of a sentence.
    func refusal(_ what: String) -> RegraftError {
        RegraftError("unexportable_backbone", "The backbone '\(backboneID)' cannot be exported: \(what).")
    }
}

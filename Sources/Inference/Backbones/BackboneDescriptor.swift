public import Domain
public import Images

/// Everything Regraft needs to know about a pretrained network, as read from a JSON file in `config/backbones/`.
///
/// Training, serving and export all read their preprocessing from here, so they cannot disagree. The fields are
/// documented for users in `config/backbones/README.md`.
public struct BackboneDescriptor: Sendable, Hashable {
    public let id: String
    public let title: String
    /// The network's file (or SavedModel folder), beside the descriptor or in the folder of installed backbones.
    public let file: String
    /// 64 hexadecimal digits, or nil where the file is not pinned.
    public let sha256: String?
    public let license: String?
    public let source: String?
    public let input: Input
    public let outputs: Outputs
    /// The length of a bottleneck vector.
    public let featureCount: Int
    /// Where the network's own last layer stands in its file; nil where that is not known.
    public let classifier: Classifier?
    /// A text file beside the network with the class names of its own logits, one a line.
    public let labels: String?
    /// Published top-1 accuracy on ImageNet: 0…1.
    public let publishedTop1: Double?

    public struct Input: Sendable, Hashable {
        public let tensor: String
        public let width: Int
        public let height: Int
        public let layout: Layout
        public let channels: Channels
        /// The network is given `(value − mean) / std` of values 0…255; three each, in the network's channel order.
        public let mean: [Float]
        public let std: [Float]
        /// The part of the largest possible box that a centre crop keeps: 0…1.
        public let cropFraction: Double
    }

    public enum Layout: String, Sendable, Codable, CaseIterable { case nchw = "NCHW", nhwc = "NHWC" }
    public enum Channels: String, Sendable, Codable, CaseIterable { case rgb = "RGB", bgr = "BGR" }

    /// Names of tensors anywhere in the network.
    public struct Outputs: Sendable, Hashable {
        /// The bottleneck: `feature_count` numbers a photo.
        public let features: String
        /// What is averaged to the bottleneck: `[feature_count, rows, columns]` a photo.
        public let featureMap: String?
        /// The scores of the classes the network was pretrained on.
        public let logits: String?
    }

    /// The layer from the bottleneck to the logits: 32-bit little-endian floats as they are in the network's file, as ONNX keeps
    /// them.
    public struct Classifier: Sendable, Hashable {
        public let classes: Int
        /// The first byte of the weights, `[classes, feature_count]`, row by row.
        public let weightsOffset: Int
        /// The first byte of the biases, `[classes]`.
        public let biasesOffset: Int
    }

    public func preprocessing(_ fit: FitMode) -> Preprocessing {
        let grey = input.mean.reduce(0, +) / 3
        return Preprocessing(
            width: input.width, height: input.height, fit: fit, cropFraction: input.cropFraction,
            padding: UInt8(max(0, min(255, grey.rounded()))))
    }

    /// What of the descriptor changes a bottleneck without changing the network's file.
    var cacheKey: String {
        "\(input.tensor) \(input.layout.rawValue) \(input.channels.rawValue) \(input.mean) \(input.std) "
            + outputs.features
    }
}

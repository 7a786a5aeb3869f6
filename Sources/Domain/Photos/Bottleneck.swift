/// What the bottleneck cache finds a vector by: everything that the vector depends on.
public struct BottleneckKey: Hashable, Sendable {
    public let photo: PhotoDigest
    /// Names the network and how it is used.
    public let backbone: String
    /// Names the way from the photo's bytes to the network's input.
    public let preprocessing: String
    /// Names the distorted view; empty for the photo itself.
    public let view: String

    public init(photo: PhotoDigest, backbone: String, preprocessing: String, view: String) {
        self.photo = photo
        self.backbone = backbone
        self.preprocessing = preprocessing
        self.view = view
    }
}

/// What a frozen backbone makes of a photo.
public struct Bottleneck: Sendable, Equatable {
    public let features: [Float]
    /// A hash of how the picture looks, 64 bits of which similar pictures share nearly all.
    public let appearance: UInt64

    public init(features: [Float], appearance: UInt64) {
        self.features = features
        self.appearance = appearance
    }
}

/// Bottlenecks that have been computed before. Losing it costs time and nothing else. Safe to call from any thread;
/// calls may block.
public protocol BottleneckCache: Sendable {
    func bottleneck(for key: BottleneckKey) throws -> Bottleneck?
    /// Keeps all of them or, when it throws, none.
    func store(_ bottlenecks: [(key: BottleneckKey, value: Bottleneck)]) throws
}

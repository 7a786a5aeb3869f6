public import Domain

/// How an engine's feature map lies in memory: which number belongs to which position and feature.
public struct FeatureMapShape: Sendable, Equatable {
    /// Positions, from the top and from the left.
    public let height: Int
    public let width: Int
    public let featureCount: Int
    private let isChannelsLast: Bool

    public var positionCount: Int { height * width }
    /// From a number to that of the next feature at the same position.
    public var featureStride: Int { isChannelsLast ? 1 : positionCount }
    /// From a number to that of the next position, row by row.
    public var positionStride: Int { isChannelsLast ? featureCount : 1 }

    /// - Parameter shape: without the batch: `[features, height, width]`, or `[height, width, features]` with `.nhwc`.
    /// - Throws: `RegraftError` (`no_feature_map`) for what is no feature map of this backbone.
    public init(_ shape: [Int], of descriptor: BackboneDescriptor) throws(RegraftError) {
        isChannelsLast = descriptor.input.layout == .nhwc
        featureCount = descriptor.featureCount
        guard shape.count == 3, shape.allSatisfy({ $0 > 0 }),
            shape[isChannelsLast ? 2 : 0] == descriptor.featureCount
        else {
            throw RegraftError(
                "no_feature_map",
                "The feature map '\(descriptor.outputs.featureMap ?? "")' of the backbone '\(descriptor.id)' has the shape "
                    + "\(shape); it must have three lengths, \(descriptor.featureCount) features "
                    + (isChannelsLast ? "last." : "first."))
        }
        (height, width) = isChannelsLast ? (shape[0], shape[1]) : (shape[1], shape[2])
    }
}

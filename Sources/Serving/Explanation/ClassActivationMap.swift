public import Domain
public import Inference
import Training

/// Where on a picture the evidence for one class lies (Zhou et al., "Learning deep features for discriminative localization",
/// CVPR 2016): at each position of the backbone's feature map, what it adds to the class's logit.
///
/// It is exact, since a bottleneck is the mean of the map over its positions and the head is linear: the values sum to the logit
/// without its bias. On raw features the value at a position `p` is `Σⱼ wⱼ · mapⱼ(p) / positions`. A head on transformed features
/// takes `tⱼ` in place of feature `j`, and what that adds, `wⱼ · tⱼ`, is dealt to the positions in proportion to `mapⱼ(p)`. A
/// feature that is 0 adds nothing anywhere. One whose map has both signs and nearly cancels out is dealt in large amounts of both
/// signs: exact too, but of little meaning. Networks that end in a rectifier have none.
public struct ClassActivationMap: Sendable {
    /// Of the class, among the head's labels.
    public let index: Int
    /// What the softmax is taken of.
    public let logit: Double
    public let bias: Double
    public let height: Int
    public let width: Int
    /// `[height, width]`, row by row. Negative where a position speaks against the class.
    public let values: [Float]

    /// Largest difference of a feature from the mean of its map, relative to the feature where that is above 1.
    private static let tolerance = 1e-3

    /// - Parameters:
    ///   - map: of the picture, as `shape` says.
    ///   - features: the bottleneck of the same run, not transformed.
    /// - Throws: `RegraftError` (`no_feature_map`) where the bottleneck is not the mean of the map: the sum would be another.
    public init(
        of index: Int, by head: Head, map: UnsafeBufferPointer<Float>, _ shape: FeatureMapShape,
        features: some Collection<Float>
    ) throws(RegraftError) {
        let (count, positions) = (head.featureCount, shape.positionCount)
        precondition(features.count == count && shape.featureCount == count && map.count == count * positions)
        let means = Self.means(of: map, shape)
        for (mean, feature) in zip(means, features)
        where abs(mean - Double(feature)) > Self.tolerance * max(1, abs(mean)) {
            throw RegraftError(
                "no_feature_map",
                "The backbone's features are not the mean of what its descriptor calls its feature map (\(mean) is not "
                    + "\(feature)), so the map explains nothing.")
        }
        var transformed = Array(features)
        transformed.withUnsafeMutableBufferPointer { head.transform.apply(to: $0) }
        var sums = [Double](repeating: 0, count: positions)
        var evidence = 0.0
        for feature in 0..<count {
            let weight = Double(head.weights[index * count + feature])
            let added = weight * Double(transformed[feature])
            evidence += added
            let total = means[feature] * Double(positions)
            guard total != 0 else { continue }
            // A raw feature may differ from its mean in its last bits, and its map may cancel out.
            let share = head.transform == .raw ? weight / Double(positions) : added / total
            let start = feature * shape.featureStride
            for position in 0..<positions {
                sums[position] += share * Double(map[start + position * shape.positionStride])
            }
        }
        self.index = index
        bias = Double(head.biases[index])
        logit = evidence + bias
        (height, width) = (shape.height, shape.width)
        values = sums.map { Float($0) }
    }

    /// Of each feature over all positions.
    private static func means(of map: UnsafeBufferPointer<Float>, _ shape: FeatureMapShape) -> [Double] {
        (0..<shape.featureCount).map { feature in
            var sum = 0.0
            for position in 0..<shape.positionCount {
                sum += Double(map[feature * shape.featureStride + position * shape.positionStride])
            }
            return sum / Double(shape.positionCount)
        }
    }
}

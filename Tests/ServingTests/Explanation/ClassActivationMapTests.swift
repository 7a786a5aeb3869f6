import Domain
import Foundation
import Inference
import Serving
import Testing
import Training

/// The numbers of class-activation maps, on maps that are made here.
struct ClassActivationMapTests {
    private static let (height, width, featureCount, labels) = (3, 4, 6, 3)
    private static var positions: Int { height * width }

    static func descriptor(_ layout: BackboneDescriptor.Layout) throws -> BackboneDescriptor {
        try BackboneDescriptor.read(
            Data(
                """
                {
                  "id": "made", "file": "made.onnx", "feature_count": \(featureCount),
                  "input": {
                    "tensor": "in", "width": 8, "height": 8, "layout": "\(layout.rawValue)", "mean": [0, 0, 0], "std": [1, 1, 1]
                  },
                  "outputs": { "features": "out", "feature_map": "map" }
                }
                """.utf8), named: "made.json")
    }

    /// `[positions][features]`: what a rectifier leaves, and one feature that is nowhere.
    private static let map: [[Float]] = {
        var random = SeededRandom(seed: 7)
        return (0..<positions).map { _ in
            (0..<featureCount).map { $0 == 2 ? 0 : Float(max(0, random.uniform(in: -2...6))) }
        }
    }()

    private static let features: [Float] = (0..<featureCount).map { feature in
        Float(map.reduce(0.0) { $0 + Double($1[feature]) } / Double(positions))
    }

    private static func head(_ transform: FeatureTransform) -> Head {
        var random = SeededRandom(seed: 11)
        func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.uniform(in: -3...3)) } }
        return Head(
            labels: ["a", "b", "c"], transform: transform, featureCount: featureCount,
            weights: numbers(labels * featureCount), biases: numbers(labels))
    }

    private func activation(
        _ label: Int, _ head: Head, _ layout: BackboneDescriptor.Layout = .nchw, features: [Float] = features
    ) throws -> ClassActivationMap {
        let memory: [Float] =
            layout == .nhwc
            ? Self.map.flatMap(\.self) : (0..<Self.featureCount).flatMap { feature in Self.map.map { $0[feature] } }
        let (height, width, count) = (Self.height, Self.width, Self.featureCount)
        let shape = try FeatureMapShape(
            layout == .nhwc ? [height, width, count] : [count, height, width], of: Self.descriptor(layout))
        return try memory.withUnsafeBufferPointer {
            try ClassActivationMap(of: label, by: head, map: $0, shape, features: features)
        }
    }

    // On raw features each position is a photo of its own, of which the head says its part: wₖ · map(p) / positions.
    @Test(arguments: [BackboneDescriptor.Layout.nchw, .nhwc], 0..<labels)
    func isTheHeadAtEachPosition(layout: BackboneDescriptor.Layout, label: Int) throws {
        let head = Self.head(.raw)
        let found = try activation(label, head, layout)
        #expect(found.index == label && found.height == Self.height && found.width == Self.width)
        let weights = head.weights[label * Self.featureCount..<(label + 1) * Self.featureCount]
        let expected = Self.map.map { zip(weights, $0).reduce(0) { $0 + $1.0 * $1.1 } / Float(Self.positions) }
        for (value, wanted) in zip(found.values, expected) { #expect(abs(value - wanted) < 1e-5) }
        #expect(found.values.contains { $0 < 0 }, "what speaks against the class is kept")
    }

    // Each feature adds its weight times its transformed value, wherever it is, in proportion to how strong it is there.
    @Test(arguments: 0..<labels)
    func dealsOutWhatTransformedFeaturesAdd(label: Int) throws {
        let head = Self.head(.squareRootL2)
        let found = try activation(label, head)
        let length = Self.features.reduce(0.0) { $0 + Double($1) }.squareRoot()
        var expected = [Double](repeating: 0, count: Self.positions)
        for feature in 0..<Self.featureCount where Self.features[feature] > 0 {
            let added =
                Double(head.weights[label * Self.featureCount + feature])
                * Double(Self.features[feature]).squareRoot() / length
            let total = Self.map.reduce(0.0) { $0 + Double($1[feature]) }
            for position in 0..<Self.positions {
                expected[position] += added * Double(Self.map[position][feature]) / total
            }
        }
        for (value, wanted) in zip(found.values, expected) { #expect(abs(Double(value) - wanted) < 1e-5) }
    }

    @Test(arguments: FeatureTransform.allCases, 0..<labels)
    func sumsToTheLogitWithoutItsBias(transform: FeatureTransform, label: Int) throws {
        let head = Self.head(transform)
        let found = try activation(label, head)
        #expect(found.bias == Double(head.biases[label]))
        #expect(abs(found.values.reduce(0.0) { $0 + Double($1) } - (found.logit - found.bias)) < 1e-4)
        // The logit is that of the answer.
        let other = try activation((label + 1) % Self.labels, head)
        let probabilities = head.probabilities(FeatureMatrix([Self.features]))
        let ratio = Double(probabilities[label] / probabilities[(label + 1) % Self.labels])
        #expect(abs(log(ratio) - (found.logit - other.logit)) < 1e-3)
    }

    // A descriptor that names another tensor would explain an answer by something that it was not made of.
    @Test func refusesAMapThatIsNotWhatWasPooled() throws {
        var features = Self.features
        features[4] += 0.01
        let refusal = #expect(throws: RegraftError.self) { try activation(0, Self.head(.raw), features: features) }
        #expect(refusal?.code == "no_feature_map" && refusal?.message.contains("not the mean") == true)
    }

    @Test(arguments: [[], [6], [6, 3], [5, 3, 4], [3, 4, 6], [6, 0, 4], [6, 3, 4, 1]])
    func refusesWhatHasAnotherShape(shape: [Int]) throws {
        let descriptor = try Self.descriptor(.nchw)
        let refusal = #expect(throws: RegraftError.self) { try FeatureMapShape(shape, of: descriptor) }
        #expect(refusal?.code == "no_feature_map")
        #expect(throws: RegraftError.self) { try FeatureMapShape([6, 3, 4], of: Self.descriptor(.nhwc)) }
    }
}

import Domain
import Formats
import Foundation
import TestSupport

/// Small networks and heads to export.
enum Exporting {
    static func description(
        features: String = "out", count: Int = 4, width: Int = 8, height: Int = 8, isBGR: Bool = false
    ) -> NetworkDescription {
        NetworkDescription(
            backboneID: "made", sha256: String(repeating: "ab", count: 32), input: "in", features: features,
            featureCount: count, width: width, height: height, isChannelsLast: false, isBGR: isBGR,
            mean: [127, 128, 129], std: [1, 2, 4], cropFraction: 0.875)
    }

    static let head = Head(
        labels: ["a", "\"b\" ü"], transform: .squareRootL2, featureCount: 4, weights: [1, 2, 3, 4, 5, 6, 7, 8],
        biases: [0.5, -0.5])

    /// A convolution with a stride, its mean, and behind it what an export does not need.
    static func network() -> MadeONNX {
        var made = MadeONNX(width: 8, height: 8)
        made.floats = [
            ("kernel", [4, 3, 3, 3], (0..<108).map { Float($0) }),
            ("classes", [2, 4], [Float](repeating: 1, count: 8)),
        ]
        made.nodes = [
            .init(
                "Conv", ["in", "kernel"], "map",
                attributes: [MadeONNX.integers("strides", [2, 2]), MadeONNX.integers("pads", [0, 0, 1, 1])]),
            .init("GlobalAveragePool", ["map"], "pool"), .init("Flatten", ["pool"], "out"),
            .init("Gemm", ["out", "classes"], "logits", attributes: [MadeONNX.integer("transB", 1)]),
        ]
        made.outputs = ["logits"]
        return made
    }

    static func refusal(_ data: Data, _ description: NetworkDescription = description()) -> RegraftError? {
        do {
            let network = try BackboneNetwork(onnx: data, description)
            _ = try TensorFlowGraph(network)
            return nil
        } catch { return error as? RegraftError }
    }
}

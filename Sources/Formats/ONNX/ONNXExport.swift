public import Domain
public import Foundation
import SwiftProtobuf

/// A retrained model as one ONNX file: backbone, feature transform, head and softmax. Input `input`, outputs `probabilities`
/// and `logits`, both `[N, labels]`; everything that a photo needs to become the input, and the labels, are in the metadata.
public struct ONNXExport: Sendable {
    /// What goes in.
    public enum Input: Sendable {
        /// As the backbone takes it: 32-bit floats, normalised, in its layout and order of colours.
        case normalised
        /// Pixels as they are: 8-bit red, green and blue, `[N, height, width, 3]`.
        case pixels
    }

    private let network: BackboneNetwork
    private let input: Input

    public init(_ network: BackboneNetwork, input: Input = .normalised) {
        self.network = network
        self.input = input
    }

    /// The file's bytes; the same for the same model.
    /// - Parameters:
    ///   - fit: how its photos became rectangles.
    ///   - name: the model's; it and the version stand in the metadata.
    /// - Throws: `RegraftError` (`feature_count_mismatch`).
    public func data(_ head: Head, fit: FitMode, model name: String, version: String? = nil) throws -> Data {
        let description = network.description
        try head.check(against: description)
        var file = network.model
        file.irVersion = max(file.irVersion, 4)  // before, weights had to be inputs too
        file.producerName = "regraft"
        file.clearProducerVersion()
        file.clearDomain()
        file.clearDocString()
        file.unknownFields = UnknownStorage()
        file.graph.name = name
        if input == .pixels { addEntrance(to: &file.graph) }
        append(head, to: &file.graph)
        file.graph.input = [inputInfo()]
        file.graph.output = ["probabilities", "logits"].map {
            ONNXValueInfo($0, ONNXTensor.float, [network.batch, head.labels.count])
        }
        file.metadataProps = try metadata(head, fit, name, version)
        return try file.serializedBytes()
    }

    private func inputInfo() -> ONNXValueInfo {
        let (description, batch) = (network.description, network.batch)
        let (height, width) = (description.height, description.width)
        return switch input {
        case .pixels: ONNXValueInfo("input", ONNXTensor.uint8, [batch, height, width, 3])
        case .normalised:
            ONNXValueInfo(
                "input", ONNXTensor.float,
                description.isChannelsLast ? [batch, height, width, 3] : [batch, 3, height, width])
        }
    }

    /// From pixels to what the backbone takes.
    private func addEntrance(to graph: inout ONNXGraph) {
        let description = network.description
        var nodes: [ONNXNode] = []
        var value = "input"
        func then(_ operation: String, _ more: [String], _ output: String, _ attributes: [ONNXAttribute] = []) {
            nodes.append(ONNXNode(operation, [value] + more, "retrained/input/\(output)", attributes))
            value = "retrained/input/\(output)"
        }
        then("Cast", [], "float", [ONNXAttribute("to", Int(ONNXTensor.float))])
        if description.isBGR {
            graph.initializer.append(ONNXTensor("retrained/input/order", indices: [2, 1, 0]))
            then("Gather", ["retrained/input/order"], "bgr", [ONNXAttribute("axis", 3)])
        }
        graph.initializer.append(ONNXTensor("retrained/input/mean", [3], description.mean))
        graph.initializer.append(ONNXTensor("retrained/input/std", [3], description.std))
        then("Sub", ["retrained/input/mean"], "centred")
        then("Div", ["retrained/input/std"], "normalised")
        if !description.isChannelsLast { then("Transpose", [], "planes", [ONNXAttribute("perm", [0, 3, 1, 2])]) }
        graph.renameTensors { $0 == "input" ? value : $0 }
        graph.node = nodes + graph.node
    }

    /// From the bottleneck to the answer. Only operators that mean the same in every version from 9 on.
    private func append(_ head: Head, to graph: inout ONNXGraph) {
        func add(_ operation: String, _ inputs: [String], _ output: String, _ attributes: [ONNXAttribute] = []) {
            graph.node.append(ONNXNode(operation, inputs, output, attributes))
        }
        add("Flatten", [network.features], "retrained/bottleneck", [ONNXAttribute("axis", 1)])
        var vector = "retrained/bottleneck"
        if head.transform == .squareRootL2 {
            graph.initializer.append(
                ONNXTensor("retrained/ones", [head.featureCount, 1], [Float](repeating: 1, count: head.featureCount)))
            graph.initializer.append(ONNXTensor("retrained/smallest", [], [FeatureTransform.smallestLength]))
            add("Abs", [vector], "retrained/absolute")
            add("Sqrt", ["retrained/absolute"], "retrained/roots")
            add("Sign", [vector], "retrained/signs")
            add("Mul", ["retrained/signs", "retrained/roots"], "retrained/signed_roots")
            // The squares of the roots are the absolute values, and a product with ones is their sum.
            add("MatMul", ["retrained/absolute", "retrained/ones"], "retrained/squared_length")
            add("Sqrt", ["retrained/squared_length"], "retrained/length")
            add("Max", ["retrained/length", "retrained/smallest"], "retrained/divisor")
            add("Div", ["retrained/signed_roots", "retrained/divisor"], "retrained/transformed")
            vector = "retrained/transformed"
        }
        graph.initializer.append(
            ONNXTensor("retrained/weights", [head.labels.count, head.featureCount], head.weights))
        graph.initializer.append(ONNXTensor("retrained/biases", [head.labels.count], head.biases))
        add("Gemm", [vector, "retrained/weights", "retrained/biases"], "logits", [ONNXAttribute("transB", 1)])
        add("Softmax", ["logits"], "probabilities", [ONNXAttribute("axis", 1)])
    }

    private func metadata(_ head: Head, _ fit: FitMode, _ name: String, _ version: String?) throws -> [ONNXEntry] {
        let description = network.description
        func json(_ value: some Encodable) throws -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        }
        var entries = [
            ("model_name", name), ("labels", try json(head.labels)),
            ("backbone", description.backboneID), ("backbone_sha256", description.sha256),
            ("input_width", "\(description.width)"), ("input_height", "\(description.height)"),
            ("input_fit", fit.rawValue), ("input_crop_fraction", "\(description.cropFraction)"),
        ]
        if let version { entries.append(("model_version", version)) }
        switch input {
        case .pixels:
            entries += [("input_layout", "NHWC"), ("input_channels", "RGB"), ("input_type", "uint8")]
        case .normalised:
            entries += [
                ("input_layout", description.isChannelsLast ? "NHWC" : "NCHW"),
                ("input_channels", description.isBGR ? "BGR" : "RGB"), ("input_type", "float32"),
                ("input_mean", try json(description.mean)), ("input_std", try json(description.std)),
            ]
        }
        return (entries + network.metadata.map { ("backbone.\($0.key)", $0.value) }).map { key, value in
            var entry = ONNXEntry()
            (entry.key, entry.value) = (key, value)
            return entry
        }
    }
}

public import Domain
public import Foundation
import SwiftProtobuf

/// A retrained model as a frozen TensorFlow graph, as `retrain.py` wrote it: a placeholder `input` of 32-bit floats
/// `[N, height, width, 3]`, red first, normalised as the backbone takes it, and an output of probabilities `[N, labels]` under
/// a name of one's choice. The backbone's operators are translated from its ONNX file, once.
public struct TensorFlowGraph: Sendable {
    public static let defaultOutput = "final_result"

    private let network: BackboneNetwork
    private let backbone: GraphBuilder
    /// The node with the bottleneck, `[N, features]`.
    private let bottleneck: String
    private let output: String

    /// - Parameter output: the name of the node with the probabilities, `--final_tensor_name` of the tutorial.
    /// - Throws: `RegraftError`: `unexportable_backbone` naming the operator that TensorFlow has no equal of,
    ///   `invalid_tensor_name`.
    public init(_ network: BackboneNetwork, output: String = Self.defaultOutput) throws {
        try Self.check(output)
        var builder = GraphBuilder(reserved: ["input", output])
        var translation = NetworkTranslation(network, scope: GraphBuilder.legal(network.description.backboneID))
        bottleneck = try translation.run(&builder)
        backbone = builder
        self.network = network
        self.output = output
    }

    /// - Throws: `RegraftError` (`invalid_tensor_name`) for what TensorFlow takes for no node's name, or is another one's.
    public static func check(_ output: String) throws(RegraftError) {
        guard output.wholeMatch(of: /[A-Za-z0-9.][A-Za-z0-9_.\/-]*/) != nil, output != "input" else {
            throw RegraftError(
                "invalid_tensor_name",
                "'\(output.printable)' cannot name the output of a TensorFlow graph: a name is of A-Z a-z 0-9 _ . / -, begins "
                    + "with a letter, a digit or a dot, and is not 'input'.")
        }
    }

    /// The file's bytes; the same for the same model.
    /// - Throws: `RegraftError` (`feature_count_mismatch`).
    public func data(_ head: Head) throws -> Data { try graph(head).serialized() }

    /// The same graph with placeholders instead of its weights, to look at: some ten kilobytes.
    /// - Throws: as `data`.
    public func weightless(_ head: Head) throws -> Data { try graph(head).weightless().serialized() }

    private func graph(_ head: Head) throws -> GraphBuilder {
        try head.check(against: network.description)
        var builder = backbone
        builder.append(head, after: bottleneck, output: output)
        return builder
    }
}

import Domain
public import Foundation
import SwiftProtobuf

/// A backbone's network up to its bottleneck, read from its ONNX file: what every export begins with. Of the file only that is
/// kept which the bottleneck needs.
public struct BackboneNetwork: Sendable {
    public let description: NetworkDescription
    /// Without inputs, outputs and metadata of its own. The picture's tensor is named `input`; the names that an export adds
    /// are taken by none.
    let model: ONNXModel
    /// The tensor with the bottleneck.
    let features: String
    /// How many pictures go in at once, where a shape in the network says so; nil where it may be any number.
    let batch: Int?
    /// What the file said of itself.
    let metadata: [ONNXEntry]

    /// - Throws: `RegraftError`: `damaged_backbone` for what is cut off or no ONNX file, `unexportable_backbone` for one that
    ///   nothing can be appended to.
    public init(onnx data: Data, _ description: NetworkDescription) throws {
        var model = try Self.read(data, description)
        let declared = try Self.declaredBatch(model.graph, description)
        try model.graph.cut(at: description)
        batch = model.graph.hasFixedBatch ? declared : nil
        metadata = model.metadataProps
        let taken = model.graph.tensorNames
        features = description.features == description.input ? "input" : Self.name(description.features)
        model.graph.renameTensors { $0 == description.input ? "input" : Self.name($0) }
        guard model.graph.tensorNames.count == taken.count else {
            throw description.refusal("two of its tensors would have the same name in an export")
        }
        model.metadataProps = []
        self.description = description
        self.model = model
    }

    /// Names that exports use for what they add.
    private static func name(_ tensor: String) -> String {
        let isReserved = ["input", "probabilities", "logits"].contains(tensor) || tensor.hasPrefix("retrained/")
        return isReserved ? "backbone/\(tensor)" : tensor
    }

    private static func read(_ data: Data, _ description: NetworkDescription) throws -> ONNXModel {
        func damaged(_ what: String) -> RegraftError {
            RegraftError(
                "damaged_backbone",
                "The network of the backbone '\(description.backboneID)' cannot be read as an ONNX file: \(what). "
                    + "Put the right file there.")
        }
        let model: ONNXModel
        do { model = try ONNXModel(serializedBytes: data) } catch {
            throw damaged("it is cut off, damaged or of another kind")
        }
        guard model.hasGraph, !model.graph.node.isEmpty, !model.opsetImport.isEmpty else {
            throw damaged("it holds no network")
        }
        for tensor in model.graph.initializer {
            guard tensor.dataLocation == 0 else {
                throw description.refusal(
                    "its weights are in another file than its network. Save it as one file, with "
                        + "onnx.save(onnx.load(…), …)")
            }
            guard tensor.isWhole else {
                throw damaged("the tensor '\(tensor.name)' has not as many numbers as its shape says")
            }
        }
        let opset = model.opsetVersion
        guard opset >= 9 else {
            throw description.refusal(
                "it uses version \(opset) of ONNX's operators, and what is appended to it needs 9. Convert it with "
                    + "onnx.version_converter")
        }
        return model
    }

    /// How many pictures the file says go in at once; nil for any number.
    private static func declaredBatch(_ graph: ONNXGraph, _ description: NetworkDescription) throws -> Int? {
        guard let input = graph.input.first(where: { $0.name == description.input }) else {
            throw description.refusal(
                "it has no input '\(description.input)', which its descriptor names; a picture that goes in further inside "
                    + "cannot be exported")
        }
        guard input.type.tensorType.elemType == ONNXTensor.float else {
            throw description.refusal("its input is not of 32-bit floats")
        }
        let first = input.type.tensorType.shape.dim.first?.dimValue ?? 0
        return first > 0 ? Int(first) : nil
    }
}

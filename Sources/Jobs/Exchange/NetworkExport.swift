import Domain
import Formats
import Foundation
import Inference

/// Formats in which other programs run a model: backbone and head as one network. Making one takes a tenth of a second or two,
/// and some 50 MB of memory.
public enum NetworkExport: String, CaseIterable, Sendable {
    /// With the backbone's own input.
    case onnx
    /// The same with pixels as its input.
    case onnxPixels = "onnx-u8"
    /// As `retrain.py` wrote it.
    case tensorFlow = "tensorflow"

    /// What a file's name ends with, after the version's number.
    private var ending: String {
        switch self {
        case .onnx: ".onnx"
        case .onnxPixels: "-u8.onnx"
        case .tensorFlow: ".pb"
        }
    }

    /// - Parameters:
    ///   - backbone: the one that the head was fitted on, which has been checked.
    ///   - bundle: the version's head.
    /// - Returns: the same for the same version.
    /// - Throws: `RegraftError`: `unexportable_backbone`, and what reading the backbone's network throws.
    func file(of version: ModelVersion, _ backbone: Backbone, _ bundle: HeadBundle) throws -> ExportedFile {
        let network = try BackboneNetwork(backbone)
        return ExportedFile(
            name: "\(version.model)-\(version.number)\(ending)", contentType: "application/octet-stream",
            data: try data(of: version, network, bundle))
    }

    private func data(of version: ModelVersion, _ network: BackboneNetwork, _ bundle: HeadBundle) throws -> Data {
        func onnx(_ export: ONNXExport) throws -> Data {
            try export.data(bundle.head, fit: bundle.fit, model: version.model.text, version: "\(version.number)")
        }
        return switch self {
        case .onnx: try onnx(ONNXExport(network))
        case .onnxPixels: try onnx(ONNXExport(network, input: .pixels))
        case .tensorFlow: try TensorFlowGraph(network).data(bundle.head)
        }
    }
}

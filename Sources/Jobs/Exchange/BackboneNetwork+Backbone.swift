import Crypto
import Domain
public import Formats
import Foundation
public import Inference

extension BackboneNetwork {
    /// Reads a backbone's network for an export; blocks.
    /// - Throws: `RegraftError`: `unexportable_backbone` where the network is no ONNX file, `backbone_hash_mismatch` where the file
    ///   was changed since the backbone was looked up, and what reading it throws.
    public init(_ backbone: Backbone) throws {
        let (file, descriptor) = (backbone.file, backbone.descriptor)
        guard file.pathExtension.lowercased() == "onnx" else {
            throw RegraftError(
                "unexportable_backbone",
                "The backbone '\(descriptor.id)' cannot be exported: its network, \(file.lastPathComponent), is no ONNX file. "
                    + "Convert it to ONNX, describe that file as a backbone of its own, and train on it.")
        }
        let data = try Data(contentsOf: file)
        guard SHA256.hash(data: data).hexadecimal == backbone.sha256 else {
            throw RegraftError(
                "backbone_hash_mismatch",
                "\(file.path) has been changed since it was loaded. Put the file with SHA-256 \(backbone.sha256) back.")
        }
        let input = descriptor.input
        try self.init(
            onnx: data,
            NetworkDescription(
                backboneID: descriptor.id, sha256: backbone.sha256, input: input.tensor,
                features: descriptor.outputs.features, featureCount: descriptor.featureCount, width: input.width,
                height: input.height, isChannelsLast: input.layout == .nhwc, isBGR: input.channels == .bgr,
                mean: input.mean, std: input.std, cropFraction: input.cropFraction))
    }
}

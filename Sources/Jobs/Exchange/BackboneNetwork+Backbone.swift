import Crypto
import Domain
public import Formats
import Foundation
public import Inference

extension BackboneNetwork {
    /// Reads a backbone's network for an export; blocks.
    /// - Throws: `RegraftError`: `unexportable_backbone` where the network is no ONNX file; `missing_backbone_file` and
    ///   `backbone_hash_mismatch` where the file is gone, or was changed, since the backbone was looked up.
    public init(_ backbone: Backbone) throws {
        let (file, descriptor) = (backbone.file, backbone.descriptor)
        guard file.pathExtension.lowercased() == "onnx" else {
            throw RegraftError(
                "unexportable_backbone",
                "The backbone '\(descriptor.id)' cannot be exported: its network, \(file.lastPathComponent), is no ONNX file. "
                    + "Convert it to ONNX, describe that file as a backbone of its own, and train on it.")
        }
        let data: Data
        do { data = try Data(contentsOf: file) } catch {
            throw RegraftError(
                "missing_backbone_file",
                "The backbone '\(descriptor.id)' needs the file \(file.lastPathComponent), which was there and cannot be read now. "
                    + "Put it back." + (descriptor.source.map { " It comes from: \($0)." } ?? ""))
        }
        guard SHA256.hash(data: data).hexadecimal == backbone.sha256 else {
            throw RegraftError(
                "backbone_hash_mismatch",
                "\(file.lastPathComponent) has been changed since it was loaded. Put the file with SHA-256 \(backbone.sha256) back."
            )
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

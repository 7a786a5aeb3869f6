public import Domain
import Formats
public import Foundation
import Inference
public import Serving
public import Workers

/// A model's version as files that people take with them.
public struct ModelExport: Sendable {
    public enum Format: String, CaseIterable, Sendable {
        /// Head, labels and the backbone's id, for Regraft.
        case bundle
        /// One a line.
        case labels
        /// The whole network, with the backbone's own input.
        case onnx
        /// The same with pixels as its input.
        case onnxPixels = "onnx-u8"
        /// The whole network as `retrain.py` wrote it.
        case tensorFlow = "tensorflow"

        /// What a file's name ends with, after the version's number.
        public var ending: String {
            switch self {
            case .bundle: ".regraft"
            case .labels: "-labels.txt"
            case .onnx: ".onnx"
            case .onnxPixels: "-u8.onnx"
            case .tensorFlow: ".pb"
            }
        }

        public var contentType: String {
            switch self {
            case .bundle: "application/json"
            case .labels: "text/plain; charset=utf-8"
            case .onnx, .onnxPixels, .tensorFlow: "application/octet-stream"
            }
        }
    }

    private let version: ModelVersion
    private let bundle: Data
    private let backbones: BackboneHost
    private let pool: WorkerPool

    /// - Parameters:
    ///   - bundle: what is stored as the version's head.
    ///   - pool: makes the larger files: a tenth of a second or two, and some 50 MB of memory each.
    public init(_ version: ModelVersion, bundle: Data, backbones: BackboneHost, pool: WorkerPool) {
        self.version = version
        self.bundle = bundle
        self.backbones = backbones
        self.pool = pool
    }

    /// The file's bytes; the same for the same version.
    /// - Throws: `RegraftError`: `unexportable_backbone`, `invalid_bundle`, and what looking up the backbone and
    ///   `HeadBundle.check(against:)` throw.
    public func data(_ format: Format) async throws -> Data {
        let (name, number) = (version.model.text, "\(version.number)")
        switch format {
        case .bundle: return bundle
        case .labels: return try LabelFile.data(version.labels.map(\.text))
        case .onnx:
            return try await made { network, bundle in
                try ONNXExport(network).data(bundle.head, fit: bundle.fit, model: name, version: number)
            }
        case .onnxPixels:
            return try await made { network, bundle in
                try ONNXExport(network, input: .pixels).data(
                    bundle.head, fit: bundle.fit, model: name, version: number)
            }
        case .tensorFlow: return try await made { try TensorFlowGraph($0).data($1.head) }
        }
    }

    private func made(_ make: @escaping @Sendable (BackboneNetwork, HeadBundle) throws -> Data) async throws -> Data {
        let (backbone, bundle) = (try await backbones.backbone(version.backbone), bundle)
        return try await pool.run { _ in
            let bundle = try HeadBundle(decoding: bundle)
            try bundle.check(against: backbone)
            return try make(try BackboneNetwork(backbone), bundle)
        }
    }
}

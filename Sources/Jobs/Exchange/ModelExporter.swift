public import Domain
import Formats
import Foundation
import Inference
public import Serving
public import Storage
import Workers

/// Makes files of a model's version.
public struct ModelExporter: Sendable {
    /// What can be asked for.
    public static let formats = [bundle, labels] + NetworkExport.allCases.map(\.rawValue)
    private static let bundle = "bundle"
    private static let labels = "labels"

    private let blobs: any BlobStore
    private let backbones: BackboneHost
    /// The version of this Regraft.
    private let regraft: String
    private let pool = WorkerPool(name: "export", width: 2)

    public init(blobs: any BlobStore, backbones: BackboneHost, regraft: String) {
        self.blobs = blobs
        self.backbones = backbones
        self.regraft = regraft
    }

    /// - Parameter format: one of `formats`.
    /// - Throws: `RegraftError`: `missing_head` and `damaged_blob`, `invalid_bundle` where what is stored of the version cannot be
    ///   read; for a network also what finding its backbone throws, and as `HeadBundle.check`.
    public func file(of version: ModelVersion, as format: String) async throws -> ExportedFile {
        switch format {
        case Self.labels: return try await pool.run { _ in try Self.labels(of: version) }
        case Self.bundle: return try await pool.run { _ in try self.bundle(of: version) }
        default:
            guard let network = NetworkExport(rawValue: format) else {
                throw RegraftError(
                    "unknown_format", "Models are not exported as '\(format.prefix(40).description.printable)'.")
            }
            let backbone = try await backbones.backbone(version.backbone)
            return try await pool.run { _ in
                let head = try self.head(of: version)
                try head.check(against: backbone)
                return try network.file(of: version, backbone, head)
            }
        }
    }

    private static func labels(of version: ModelVersion) throws -> ExportedFile {
        ExportedFile(
            name: "\(version.model)-\(version.number)-labels.txt", contentType: "text/plain; charset=utf-8",
            data: try LabelFile.data(version.labels.map(\.text)))
    }

    private func bundle(of version: ModelVersion) throws -> ExportedFile {
        let bundle = ModelBundle(
            head: try head(of: version), evaluation: try blob(version.evaluation, "evaluation", of: version),
            // Without it the model can be exported too: a server that has lost its backbone is one to take models away from.
            descriptor: backbones.catalogue.descriptorText(of: version.backbone, sha256: version.backboneHash),
            provenance: ModelProvenance(
                regraft: regraft, model: version.model.text, version: version.number,
                dataset: version.dataset?.text ?? version.imported?.dataset ?? "",
                datasetVersion: version.datasetVersion ?? version.imported?.datasetVersion,
                createdAt: version.imported?.createdAt ?? version.createdAt, recipe: version.recipe,
                metrics: version.metrics))
        return ExportedFile(
            name: "\(version.model)-\(version.number).\(ModelBundle.fileExtension)",
            contentType: ModelBundle.contentType, data: try bundle.encoded())
    }

    private func head(of version: ModelVersion) throws -> HeadBundle {
        try HeadBundle(decoding: try blob(version.head, "head", of: version))
    }

    private func blob(_ digest: PhotoDigest, _ what: String, of version: ModelVersion) throws -> Data {
        guard let data = try blobs.read(digest) else {
            throw RegraftError(
                "missing_head",
                "The \(what) of version \(version.number) of the model '\(version.model)' is not there, so it cannot be exported. "
                    + "Train it anew, or export another version.")
        }
        return data
    }
}

public import Foundation

/// Where a version that was trained elsewhere comes from, as its file says. Nobody here can tell whether that is true.
public struct ModelImport: Sendable, Equatable, Codable {
    /// What the model was called there; nil where `regraft retrain` made it.
    public let model: String?
    public let version: Int?
    /// What it was trained on there: a dataset's name, or a folder's.
    public let dataset: String
    public let datasetVersion: Int?
    /// When it was trained; nil where the file does not say.
    public let createdAt: Date?
    /// The Regraft that wrote the file.
    public let regraft: String
    /// SHA-256 of the file.
    public let file: PhotoDigest

    public init(
        model: String?, version: Int?, dataset: String, datasetVersion: Int?, createdAt: Date?, regraft: String,
        file: PhotoDigest
    ) {
        self.model = model
        self.version = version
        self.dataset = dataset
        self.datasetVersion = datasetVersion
        self.createdAt = createdAt
        self.regraft = regraft
        self.file = file
    }
}

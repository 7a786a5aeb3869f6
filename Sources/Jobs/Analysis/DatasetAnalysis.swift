public import Domain
import Foundation
public import Training

/// What was found in a version of a dataset, with the photos that it was found in.
public struct DatasetAnalysis: Sendable {
    public let analysis: PhotoAnalysis
    /// Labels that have a usable photo; findings name them by position.
    public let labels: [String]
    /// The usable photos; findings name them by position.
    public let images: [DatasetImage]
    /// Photos that cannot be used at all.
    public let refusals: [RefusedFile]

    init(_ analysis: PhotoAnalysis, _ photos: LabelledPhotos, _ images: [DatasetImage]) {
        self.analysis = analysis
        labels = photos.labels
        self.images = photos.candidateIndices.map { images[$0] }
        refusals = photos.refusals.map {
            RefusedFile(path: $0.path, code: $0.error.code.rawValue, reason: $0.error.reason)
        }
    }
}

/// What is analysed, by which backbone.
public struct AnalysisSubject: Sendable, Hashable {
    public let dataset: ResourceName
    public let version: Int
    public let backbone: String
    public let fit: FitMode
    /// Tells the version from one of a dataset of the same name that was deleted before; in milliseconds since 1970.
    private let createdAt: Int

    public init(_ version: DatasetVersion, backbone: String, fit: FitMode) {
        dataset = version.dataset
        self.version = version.number
        self.backbone = backbone
        self.fit = fit
        createdAt = Int((version.createdAt.timeIntervalSince1970 * 1000).rounded())
    }
}

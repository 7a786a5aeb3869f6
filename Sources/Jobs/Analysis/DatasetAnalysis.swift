public import Domain
import Foundation
public import Training

/// What was found in a version of a dataset, with the photos that it was found in.
public struct DatasetAnalysis: Sendable {
    public let analysis: PhotoAnalysis
    /// Labels that have a usable photo; findings name them by position.
    public let labels: [String]
    /// The usable photos; findings name them by position.
    public private(set) var images: [DatasetImage]
    /// Photos that cannot be used at all.
    public let refusals: [RefusedFile]

    init(_ analysis: PhotoAnalysis, _ photos: LabelledPhotos, _ images: [DatasetImage]) {
        self.analysis = analysis
        labels = photos.labels
        self.images = photos.candidateIndices.map { images[$0] }
        refusals = photos.refusedFiles
    }

    /// The same with the photos as the catalog has them now.
    /// - Parameter current: all of the version, with the same ids.
    func with(_ current: [DatasetImage]) -> DatasetAnalysis {
        let known = Dictionary(current.map { ($0.id, $0) }) { first, _ in first }
        var copy = self
        copy.images = images.map { known[$0.id] ?? $0 }
        return copy
    }

    /// In sentences: of duplicates also whether the last training had them on two sides.
    public func reason(_ finding: PhotoFinding) -> String {
        let used = Set(finding.kind == .duplicate ? finding.photos.compactMap { images[$0].split } : [])
        guard used.count > 1 else { return finding.reason }
        let sides = Split.allCases.filter(used.contains).map(\.rawValue).joined(separator: " and ")
        guard used.contains(.test) else { return "\(finding.reason) The last training had them in \(sides)." }
        return "\(finding.reason) The last training had them in \(sides), so it was tested on what it had learnt."
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

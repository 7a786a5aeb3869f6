import Domain
import Foundation
import Jobs
import Training

/// All that an analysis of a folder has found, as JSON: the fields of `GET /v1/datasets/{dataset}/analysis`, with paths in place of
/// ids.
struct AnalyzeFile: Encodable {
    let backbone: String
    let fit: FitOption
    let images: Int
    let notes: [String]
    let refused: [RefusedFile]
    let findings: [Entry]

    struct Entry: Encodable {
        let kind: PhotoFinding.Kind
        let score: Double
        let likely: Bool
        let reason: String
        let suggestion: Suggestion
        let images: [Photo]
    }

    struct Suggestion: Encodable {
        let action: String
        let label: String?
        let images: [String]
    }

    struct Photo: Encodable {
        let path: String
        let label: String
        let probability: Float?
        let predictions: [Prediction]
    }

    struct Prediction: Encodable {
        let label: String
        let probability: Float
    }

    init(_ analysis: PhotoAnalysis, _ photos: LabelledPhotos, _ options: BackboneOptions) {
        backbone = options.architecture
        fit = options.fit
        images = photos.photos.count
        notes = analysis.notes
        refused = photos.refusals.map {
            RefusedFile(path: $0.path, code: $0.error.code.rawValue, reason: $0.error.reason)
        }
        findings = analysis.findings.map { finding in
            Entry(
                kind: finding.kind, score: finding.score, likely: finding.isLikely, reason: finding.reason,
                suggestion: Suggestion(finding, photos),
                images: finding.photos.map { Photo($0, analysis.opinions[$0], photos) })
        }
    }

    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}

extension AnalyzeFile.Suggestion {
    fileprivate init(_ finding: PhotoFinding, _ photos: LabelledPhotos) {
        switch finding.action {
        case .relabel(let index): (action, label) = ("relabel", photos.labels[index])
        case .delete: (action, label) = ("delete", nil)
        case .look: (action, label) = ("look", nil)
        }
        images = finding.subjects.map { photos.photos[$0].path }
    }
}

extension AnalyzeFile.Photo {
    fileprivate init(_ position: Int, _ opinion: Opinion?, _ photos: LabelledPhotos) {
        let photo = photos.photos[position]
        path = photo.path
        label = photos.labels[photo.classIndex]
        probability = opinion?.given
        predictions = (opinion?.best ?? []).map {
            AnalyzeFile.Prediction(label: photos.labels[$0.label], probability: $0.probability)
        }
    }
}

import Domain
import Jobs
import Training

/// What deserves a look in a dataset, a page of it.
struct AnalysisDocument: Encodable {
    var dataset: String
    var version: Int
    var backbone: String
    var fit: FitMode
    /// Photos that were looked at.
    var images: Int
    /// Of all pages and kinds.
    var counts: Counts
    /// What a person should know of the analysis itself.
    var notes: [String]
    /// Photos that cannot be used at all.
    var refused: [RefusedFile]
    var findings: [Entry]
    var nextCursor: Nullable<String>

    struct Counts: Encodable {
        var labelError: Int
        /// Of them, those that pass the test of confident learning.
        var likelyLabelError: Int
        var duplicate: Int
        var outlier: Int

        init(_ findings: [PhotoFinding]) {
            labelError = findings.count { $0.kind == .labelError }
            likelyLabelError = findings.count { $0.kind == .labelError && $0.isLikely }
            duplicate = findings.count { $0.kind == .duplicate }
            outlier = findings.count { $0.kind == .outlier }
        }
    }

    struct Entry: Encodable {
        var kind: PhotoFinding.Kind
        var score: Double
        var likely: Bool
        var reason: String
        var suggestion: Suggestion
        var images: [Photo]

        init(_ finding: PhotoFinding, in found: DatasetAnalysis) {
            kind = finding.kind
            score = finding.score
            likely = finding.isLikely
            reason = finding.reason
            suggestion = Suggestion(finding, in: found)
            images = finding.photos.map { Photo($0, in: found) }
        }
    }

    struct Suggestion: Encodable {
        enum Action: String, Encodable { case relabel, delete, look }

        var action: Action
        /// Of a relabelling.
        var label: Nullable<String>
        /// Those that it is meant for.
        var images: [Int64]

        init(_ finding: PhotoFinding, in found: DatasetAnalysis) {
            switch finding.action {
            case .relabel(let index): (action, label) = (.relabel, Nullable(found.labels[index]))
            case .delete: (action, label) = (.delete, Nullable(nil))
            case .look: (action, label) = (.look, Nullable(nil))
            }
            images = finding.subjects.map { found.images[$0].id }
        }
    }

    struct Photo: Encodable {
        struct Prediction: Encodable {
            var label: String
            var probability: Double
        }

        var image: Int64
        var label: String
        var path: String
        var split: Nullable<Split>
        /// Of its label, by a head that has not seen it; null where there is none.
        var probability: Nullable<Double>
        /// The most probable labels, by the same head.
        var predictions: [Prediction]

        init(_ position: Int, in found: DatasetAnalysis) {
            let (photo, opinion) = (found.images[position], found.analysis.opinions[position])
            image = photo.id
            label = photo.label.text
            path = photo.path
            split = Nullable(photo.split)
            probability = Nullable(opinion.map { Double($0.given) })
            predictions = (opinion?.best ?? []).map {
                Prediction(label: found.labels[$0.label], probability: Double($0.probability))
            }
        }
    }
}

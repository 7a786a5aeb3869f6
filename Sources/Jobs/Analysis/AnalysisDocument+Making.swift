public import Domain
public import Training

extension AnalysisDocument {
    /// Refusals that are listed of a dataset.
    private static let refusalLimit = 1000

    /// A page of what was found in a dataset.
    /// - Parameters:
    ///   - kind: of the findings that are wanted; nil: all.
    ///   - after: so many are passed over.
    public init(
        _ found: DatasetAnalysis, _ subject: AnalysisSubject, kind: PhotoFinding.Kind?, after: Int, limit: Int
    ) {
        let rest = found.analysis.findings.filter { kind == nil || $0.kind == kind }.dropFirst(after)
        let shown = rest.prefix(limit)
        let photos = found.images.map { AnalysedPhoto(id: $0.id, label: $0.label.text, path: $0.path, split: $0.split) }
        backbone = subject.backbone
        fit = subject.fit
        images = photos.count
        counts = Counts(found.analysis.findings)
        notes = found.analysis.notes
        refused = Array(found.refusals.prefix(Self.refusalLimit))
        findings = shown.map { finding in
            Entry(finding, found.reason(finding), found.analysis.opinions, photos, labels: found.labels)
        }
        dataset = subject.dataset.text
        version = subject.version
        nextCursor = rest.count > shown.count ? "\(after + shown.count)" : nil
    }

    /// All that was found in a folder.
    public init(_ analysis: PhotoAnalysis, _ photos: LabelledPhotos, backbone: String, fit: FitMode) {
        let known = photos.photos.map {
            AnalysedPhoto(id: nil, label: photos.labels[$0.classIndex], path: $0.path, split: nil)
        }
        self.backbone = backbone
        self.fit = fit
        images = known.count
        counts = Counts(analysis.findings)
        notes = analysis.notes
        refused = photos.refusedFiles
        findings = analysis.findings.map { finding in
            Entry(finding, finding.reason, analysis.opinions, known, labels: photos.labels)
        }
        dataset = nil
        version = nil
        nextCursor = nil
    }
}

/// A photo as a document names it.
private struct AnalysedPhoto {
    let id: Int64?
    let label: String
    let path: String
    let split: Split?

    var name: AnalysisDocument.Name { id.map { .id($0) } ?? .path(path) }
}

extension AnalysisDocument.Entry {
    fileprivate init(
        _ finding: PhotoFinding, _ reason: String, _ opinions: [Opinion?], _ photos: [AnalysedPhoto], labels: [String]
    ) {
        kind = finding.kind
        score = finding.score
        likely = finding.isLikely
        self.reason = reason
        suggestion = AnalysisDocument.Suggestion(finding, photos, labels)
        images = finding.photos.map { AnalysisDocument.Photo(photos[$0], opinions[$0], labels) }
    }
}

extension AnalysisDocument.Suggestion {
    fileprivate init(_ finding: PhotoFinding, _ photos: [AnalysedPhoto], _ labels: [String]) {
        let (action, label): (Action, String?) =
            switch finding.action {
            case .relabel(let index): (.relabel, labels[index])
            case .delete: (.delete, nil)
            case .look: (.look, nil)
            }
        self.init(action: action, label: label, images: finding.subjects.map { photos[$0].name })
    }
}

extension AnalysisDocument.Photo {
    fileprivate init(_ photo: AnalysedPhoto, _ opinion: Opinion?, _ labels: [String]) {
        self.init(
            image: photo.id, label: photo.label, path: photo.path, split: photo.split,
            probability: opinion.map { Double($0.given) },
            predictions: (opinion?.best ?? []).map {
                AnalysisDocument.Prediction(label: labels[$0.label], probability: Double($0.probability))
            })
    }
}

extension LabelledPhotos {
    /// Photos that cannot be used, as documents list them.
    var refusedFiles: [RefusedFile] {
        refusals.map { RefusedFile(path: $0.path, code: $0.error.code.rawValue, reason: $0.error.reason) }
    }
}

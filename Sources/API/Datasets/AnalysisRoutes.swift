import Domain
import HTTP
import Jobs
import Storage
import Training

/// `/v1/datasets/{dataset}/analysis`: photos that somebody should look at.
struct AnalysisRoutes: Sendable {
    private let environment: APIEnvironment
    private var catalog: any Catalog { environment.catalog }

    init(_ environment: APIEnvironment) { self.environment = environment }

    func register(_ router: inout Router) {
        router.get("/v1/datasets/{dataset}/analysis", analyse)
    }

    private func analyse(_ request: Request) async throws -> Response {
        var query = FieldReader(query: request.query)
        let page = Page(&query)
        let after = page.number(&query, as: Int.self) ?? 0
        let kind = query.choice("kind", as: PhotoFinding.Kind.self)
        let wanted = query.integer("version", in: 1...Int(Int32.max))
        let backbone = query.string("backbone") ?? environment.settings.defaultBackbone
        let fit = query.choice("fit", as: FitMode.self) ?? environment.settings.defaultOptions.fit.mode ?? .crop
        try query.finish()
        let name = try request.name("dataset")
        let version = try await version(wanted, of: try await catalog.requiredDataset(name))
        let found = try await environment.analyst.analysis(
            of: AnalysisSubject(version, backbone: backbone, fit: fit))
        let findings = found.analysis.findings.filter { kind == nil || $0.kind == kind }
        let rest = findings.dropFirst(after)
        let shown = rest.prefix(page.limit)
        return try JSONResponse.make(
            AnalysisDocument(
                dataset: name.text, version: version.number, backbone: backbone, fit: fit, images: found.images.count,
                counts: AnalysisDocument.Counts(found.analysis.findings), notes: found.analysis.notes,
                refused: Array(found.refusals.prefix(Page.maximumLimit)),
                findings: shown.map { AnalysisDocument.Entry($0, in: found) },
                nextCursor: Nullable(rest.count > shown.count ? "\(after + shown.count)" : nil)))
    }

    private func version(_ wanted: Int?, of dataset: Dataset) async throws -> DatasetVersion {
        if let wanted { return try await catalog.requiredVersion(wanted, of: dataset.name) }
        if let current = dataset.current { return current }
        try dataset.requireNotIngesting()
        throw RegraftError(
            "dataset_empty",
            "The dataset '\(dataset.name)' has no version that can be used yet. PUT an archive of photos to /v1/datasets/\(dataset.name)."
        )
    }
}

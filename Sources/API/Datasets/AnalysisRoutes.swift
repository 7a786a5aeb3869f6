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
        let subject = AnalysisSubject(version, backbone: backbone, fit: fit)
        let found = try await request.whileWanted { [analyst = environment.analyst] in
            try await analyst.analysis(of: subject)
        }
        // Thousands of photos take longer to write than a connection's loop should be held up.
        return try await BodyWorkers.run(.max) {
            try JSONResponse.make(AnalysisDocument(found, subject, kind: kind, after: after, limit: page.limit))
        }
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

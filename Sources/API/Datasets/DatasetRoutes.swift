import Domain
import HTTP
import HTTPTypes
import Storage

/// `/v1/datasets`: what there is, and its end.
struct DatasetRoutes: Sendable {
    private let catalog: any Catalog

    init(_ environment: APIEnvironment) { catalog = environment.catalog }

    func register(_ router: inout Router) {
        router.get("/v1/datasets", list)
        router.get("/v1/datasets/{dataset}", show)
        router.delete("/v1/datasets/{dataset}", delete)
        router.get("/v1/datasets/{dataset}/versions", versions)
        router.get("/v1/datasets/{dataset}/versions/{version}/report", report)
    }

    private func list(_ request: Request) async throws -> Response {
        var query = FieldReader(query: request.query)
        let page = Page(&query)
        let after = page.name(&query)
        try query.finish()
        let found = try await catalog.datasets(after: after, limit: page.lookahead)
        let (shown, next) = page.cut(found) { $0.name.text }
        return try JSONResponse.make(
            DatasetList(datasets: shown.map(DatasetSummary.init), nextCursor: Nullable(next)))
    }

    private func show(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        let name = try request.name("dataset")
        let dataset = try await catalog.requiredDataset(name)
        let versions: [DatasetVersion] = try await catalog.versions(of: name, before: nil, limit: 20)
        var labels: [LabelCount] = []
        if let current = dataset.current { labels = try await catalog.labels(of: name, version: current.number) }
        let summary = DatasetSummary(dataset)
        return try JSONResponse.make(
            DatasetDocument(
                name: summary.name, createdAt: summary.createdAt, state: summary.state, version: summary.version,
                images: summary.images,
                ingesting: summary.ingesting, labels: labels.map(DatasetDocument.LabelEntry.init),
                versions: try await entries(versions),
                report: try await report(of: dataset)))
    }

    /// With the reasons of those that have failed.
    private func entries(_ versions: [DatasetVersion]) async throws -> [DatasetDocument.VersionEntry] {
        var entries: [DatasetDocument.VersionEntry] = []
        for version in versions {
            var failure: JobError?
            if version.state == .failed, let id = version.job {
                // Deleted jobs take their reasons with them.
                let job = try await catalog.job(id)
                failure = job.map {
                    $0.error ?? JobError(code: $0.state.rawValue, message: "The job was \($0.state.rawValue).")
                }
            }
            entries.append(DatasetDocument.VersionEntry(version, failure: failure))
        }
        return entries
    }

    /// Of the newest ingest that is over.
    private func report(of dataset: Dataset) async throws -> ReportDocument {
        guard let ingest = try await catalog.newestIngest(of: dataset.name) else {
            return ReportDocument(version: Nullable(nil), refused: 0, ignored: 0, files: [], nextCursor: Nullable(nil))
        }
        return try await report(dataset.name, ingest, after: 0, limit: 100)
    }

    private func report(
        _ name: ResourceName, _ version: DatasetVersion, after: Int, limit: Int
    ) async throws -> ReportDocument {
        let found = try await catalog.refusals(of: name, version: version.number, after: after, limit: limit + 1)
        let shown = found.prefix(limit)
        return ReportDocument(
            version: Nullable(version.number), refused: version.refusedCount, ignored: version.ignoredCount,
            files: shown.map(\.file),
            nextCursor: Nullable(found.count > limit ? shown.last.map { "\($0.number)" } : nil))
    }

    private func report(_ request: Request) async throws -> Response {
        var query = FieldReader(query: request.query)
        let page = Page(&query)
        let after = page.number(&query, as: Int.self)
        try query.finish()
        let name = try request.name("dataset")
        let number = try request.parameters.get("version", as: Int.self)
        let version: DatasetVersion = try await catalog.requiredVersion(number, of: name)
        return try JSONResponse.make(
            try await report(name, version, after: after ?? 0, limit: page.limit))
    }

    private func versions(_ request: Request) async throws -> Response {
        var query = FieldReader(query: request.query)
        let page = Page(&query)
        let before = page.number(&query, as: Int.self)
        try query.finish()
        let found: [DatasetVersion] = try await catalog.versions(
            of: try request.name("dataset"), before: before, limit: page.lookahead)
        let (shown, next) = page.cut(found) { "\($0.number)" }
        return try JSONResponse.make(
            VersionList(versions: try await entries(Array(shown)), nextCursor: Nullable(next)))
    }

    private struct VersionList: Encodable {
        var versions: [DatasetDocument.VersionEntry]
        var nextCursor: Nullable<String>
    }

    private func delete(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        try await catalog.deleteDataset(try request.name("dataset"))
        return Response(status: .noContent)
    }
}

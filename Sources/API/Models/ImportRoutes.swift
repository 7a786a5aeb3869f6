import Crypto
import Domain
import Foundation
import HTTP
import HTTPTypes
import Jobs
import Storage

/// Models that were trained elsewhere.
struct ImportRoutes: Sendable {
    private let environment: APIEnvironment
    private let importer: ModelImporter

    init(_ environment: APIEnvironment) {
        self.environment = environment
        importer = ModelImporter(
            catalog: environment.catalog, blobs: environment.blobs, gate: environment.gate,
            backbones: environment.backbones, promoter: environment.promoter, registry: environment.registry,
            maximumModels: environment.settings.maximumModels, pool: environment.storagePool)
    }

    func register(_ router: inout Router) {
        router.post("/v1/models/{model}/import", bodyLimit: environment.settings.bundleBytes, take)
    }

    private static let types: Set<String> = ["application/octet-stream", "application/vnd.regraft.bundle"]

    private func take(_ request: Request) async throws -> Response {
        let model = try request.name("model")
        var query = FieldReader(query: request.query)
        let promotion =
            query.choice("promotion", as: PromotionPolicy.self) ?? environment.settings.promotion
        try query.finish()
        if let type = request.mediaType, !Self.types.contains(type) {
            throw Problem(
                .unsupportedMediaType,
                "The body must be a .regraft file, as application/octet-stream; it came as \(type). With curl, send it with "
                    + "`-X POST -T model.regraft`.")
        }
        // A wrong one is refused before megabytes are taken.
        _ = try request.idempotencyKey("")
        try await environment.checkRoom(for: request.body.length ?? 0)
        let body = try await request.body.collect()
        guard !body.isEmpty else { throw Problem(.badRequest, "The body is empty; it must be a .regraft file.") }
        let (file, digest) = try await BodyWorkers.run(body.count) {
            (Data(body), SHA256.hash(data: body).hexadecimal)
        }
        let key = try request.idempotencyKey("\(promotion.rawValue) \(digest)")
        let (done, decision) = try await importer.run(
            .init(model: model, file: file, promotion: promotion, idempotency: key))
        var response = try JSONResponse.make(
            ImportedModelDocument(imported: ModelVersionDocument(done.version), promotion: decision),
            status: .created)
        response.headers[.location] = "/v1/models/\(model)/versions/\(done.version.number)"
        if done.isReplay { response.headers[.idempotentReplayed] = "true" }
        return response
    }
}

/// What came of an import.
struct ImportedModelDocument: Encodable {
    var imported: ModelVersionDocument
    /// Whether it answers, and why.
    var promotion: PromotionDecision
}

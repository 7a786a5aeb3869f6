import Domain
import Foundation
import HTTP
import HTTPTypes
import Storage

/// `/v1/models/{model}/aliases/{alias}`: which version answers. A rollback is a PUT like any other.
struct AliasRoutes: Sendable {
    private let environment: APIEnvironment
    private var catalog: any Catalog { environment.catalog }

    init(_ environment: APIEnvironment) { self.environment = environment }

    func register(_ router: inout Router) {
        router.get("/v1/models/{model}/aliases/{alias}", show)
        router.put("/v1/models/{model}/aliases/{alias}", bodyLimit: environment.settings.requestBytes, move)
        router.delete("/v1/models/{model}/aliases/{alias}", remove)
    }

    private struct History: Encodable {
        var alias: AliasDocument
        /// Where it has pointed, the newest move first.
        var history: [AliasDocument]
    }

    private func show(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        let (model, name) = (try request.name("model"), try request.name("alias"))
        let alias = try await catalog.requiredAlias(name, of: model)
        let history = try await catalog.history(of: name, model: model, limit: 100)
        var response = try JSONResponse.make(
            History(alias: AliasDocument(alias), history: history.map(AliasDocument.init)))
        response.headers[.eTag] = Self.tag(alias)
        return response
    }

    private func move(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        let (model, name) = (try request.name("model"), try request.name("alias"))
        var fields = try await FieldReader(json: request)
        let number = fields.require(fields.integer("version", in: 1...Int(Int32.max)), "version") ?? 0
        try fields.finish()
        let generation = try Self.expectedGeneration(request)
        let version: ModelVersion = try await catalog.requiredVersion(number, of: model)
        // Before anybody is answered by it.
        let served = try await environment.promoter.verified(version)
        let alias = try await catalog.moveAlias(name, of: model, to: number, ifGeneration: generation, at: .now)
        environment.registry.serve(served, as: alias)
        var response = try JSONResponse.make(AliasDocument(alias))
        response.headers[.eTag] = Self.tag(alias)
        return response
    }

    private func remove(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        let (model, name) = (try request.name("model"), try request.name("alias"))
        try await catalog.removeAlias(name, of: model)
        environment.registry.remove(name, of: model)
        return Response(status: .noContent)
    }

    private static func tag(_ alias: ModelAlias) -> String { "\"\(alias.generation)\"" }

    /// `If-Match: "3"`, or `If-None-Match: *` for an alias that must be new.
    private static func expectedGeneration(_ request: Request) throws(Problem) -> Int? {
        if let tag = request.headers[.ifMatch] {
            guard tag.hasPrefix("\""), tag.hasSuffix("\""), tag.count > 2, let number = Int(tag.dropFirst().dropLast())
            else {
                throw Problem(.badRequest, "If-Match must be the ETag of the alias, like \"3\".")
            }
            return number
        }
        guard let tag = request.headers[.ifNoneMatch] else { return nil }
        guard tag == "*" else { throw Problem(.badRequest, "If-None-Match can only be * here: the alias must be new.") }
        return 0
    }
}

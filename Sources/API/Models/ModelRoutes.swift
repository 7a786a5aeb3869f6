import Domain
import Foundation
import HTTP
import HTTPTypes
import Jobs
import Serving
import Storage

/// `/v1/models`: what was trained, and how good it is.
struct ModelRoutes: Sendable {
    private let environment: APIEnvironment
    private var catalog: any Catalog { environment.catalog }

    init(_ environment: APIEnvironment) { self.environment = environment }

    func register(_ router: inout Router) {
        router.get("/v1/models", list)
        router.get("/v1/models/{model}", show)
        router.delete("/v1/models/{model}", delete)
        router.get("/v1/models/{model}/versions/{version}", showVersion)
        router.delete("/v1/models/{model}/versions/{version}", deleteVersion)
    }

    private func list(_ request: Request) async throws -> Response {
        var query = FieldReader(query: request.query)
        let page = Page(&query)
        let after = page.name(&query)
        try query.finish()
        let (shown, next) = page.cut(try await catalog.models(after: after, limit: page.lookahead)) { $0.name.text }
        return try JSONResponse.make(ModelList(models: shown.map(ModelSummary.init), nextCursor: Nullable(next)))
    }

    private func show(_ request: Request) async throws -> Response {
        var query = FieldReader(query: request.query)
        let page = Page(&query)
        let before = page.number(&query, as: Int.self)
        try query.finish()
        let name = try request.name("model")
        let model = try await catalog.requiredModel(name)
        let found: [ModelVersion] = try await catalog.versions(of: name, before: before, limit: page.lookahead)
        let (shown, next) = page.cut(found) { "\($0.number)" }
        return try JSONResponse.make(
            ModelDocument(
                name: name.text, createdAt: model.createdAt,
                aliases: model.aliases.map { AliasDocument($0, in: environment.registry) },
                versions: shown.map(ModelVersionDocument.init), nextCursor: Nullable(next)))
    }

    private func delete(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        let name = try request.name("model")
        try await environment.registry.exclusively {
            try await catalog.deleteModel(name)
            environment.registry.remove(name)
        }
        return Response(status: .noContent)
    }

    private func showVersion(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        return try JSONResponse.make(ModelVersionDocument(try await environment.version(request)))
    }

    private func deleteVersion(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        let found = try await environment.numberedVersion(request)
        let registry = environment.registry
        try await registry.exclusively {
            if let alias = registry.aliases(of: found.model, answeredBy: found.number).first,
                try await catalog.alias(alias, of: found.model)?.version != found.number
            {
                throw RegraftError(
                    "version_in_use",
                    "The alias '\(alias)' of the model '\(found.model)' answers by version \(found.number), because the one that "
                        + "it names is damaged; move the alias first.")
            }
            // Read before it is deleted, after which nothing may fail.
            let newest: [ModelVersion] = try await catalog.versions(of: found.model, before: nil, limit: 2)
            try await catalog.deleteVersion(found.number, of: found.model)
            registry.remove(version: found.number, of: found.model)
            if let left = newest.first(where: { $0.number != found.number }) {
                registry.note(publicationOf: found.model, at: left.createdAt)
            }
        }
        return Response(status: .noContent)
    }
}

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
            History(
                alias: AliasDocument(alias, in: environment.registry), history: history.map { AliasDocument($0) }))
        response.headers[.eTag] = Self.tag(alias)
        return response
    }

    private func move(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        let (model, name) = (try request.name("model"), try request.name("alias"))
        var fields = try await FieldReader(json: request)
        let number = fields.require(fields.integer("version", in: 1...Int(Int32.max)), "version") ?? 0
        try fields.finish()
        try Self.requireNoNumber(name)
        let version: ModelVersion = try await catalog.requiredVersion(number, of: model)
        let generation = try Self.expectedGeneration(request, try await catalog.alias(name, of: model))
        // Before anybody is answered by it.
        let served = try await environment.promoter.verified(version)
        let registry = environment.registry
        let alias = try await registry.exclusively {
            guard try await catalog.requiredVersion(number, of: model) == version else {
                // Deleted with its model while it was tried; another one has its number now.
                throw Problem(.conflict, "Version \(number) of the model '\(model)' was deleted meanwhile.")
            }
            // All that is read is read before the move, after which nothing may fail.
            let newest = try await catalog.newestVersion(of: model)
            let alias = try await catalog.moveAlias(name, of: model, to: number, ifGeneration: generation, at: .now)
            registry.serve(served, as: alias, publishedAt: newest?.createdAt)
            return alias
        }
        var response = try JSONResponse.make(AliasDocument(alias, in: environment.registry))
        response.headers[.eTag] = Self.tag(alias)
        return response
    }

    private func remove(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        let (model, name) = (try request.name("model"), try request.name("alias"))
        let alias = try await catalog.requiredAlias(name, of: model)
        let generation = try Self.expectedGeneration(request, alias)
        try await environment.registry.exclusively {
            try await catalog.removeAlias(name, of: model, ifGeneration: generation)
            environment.registry.remove(name, of: model)
        }
        return Response(status: .noContent)
    }

    private static func tag(_ alias: ModelAlias) -> String { "\"\(alias.generation)\"" }

    /// A number would be taken for that of a version.
    private static func requireNoNumber(_ alias: ResourceName) throws(Problem) {
        guard Int(alias.text) == nil else {
            throw Problem(
                .badRequest, type: "urn:regraft:problem:invalid-name",
                "'\(alias)' is no name for an alias: a number names a version. Let it have a letter.")
        }
    }

    /// The generation that the alias must still have, by `If-Match` and `If-None-Match` (RFC 9110, 13.1); nil: any, 0: there
    /// must be none.
    /// - Throws: `Problem` (412), and 400 for what is no entity tag.
    private static func expectedGeneration(_ request: Request, _ current: ModelAlias?) throws(Problem) -> Int? {
        let (match, noneMatch) = (request.headers[.ifMatch], request.headers[.ifNoneMatch])
        for field in [match, noneMatch] {
            guard let field, field != "*", !field.contains("\"") else { continue }
            throw Problem(
                .badRequest, "'\(field.prefix(80))' is no ETag of an alias, which is like \"3\", with the quotes.")
        }
        func isNamed(_ field: String, strongly: Bool) -> Bool {
            current.map { EntityTag.isNamed(tag($0), in: field, strongly: strongly) } ?? false
        }
        let mustBe = match.map { isNamed($0, strongly: true) } ?? true
        let mustNotBe = noneMatch.map { isNamed($0, strongly: false) } ?? false
        guard mustBe, !mustNotBe else {
            throw Problem(
                .preconditionFailed, type: "urn:regraft:problem:generation-mismatch",
                (current.map { "The alias '\($0.alias)' names version \($0.version), and its ETag is \(tag($0))" }
                    ?? "There is no such alias") + ", which is not what the request expects. Look at it again.")
        }
        return match == nil && noneMatch == nil ? nil : current?.generation ?? 0
    }
}

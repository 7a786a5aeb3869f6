import Domain
import Foundation
import HTTP
import HTTPTypes
import Inference
import Prometheus

/// Health, metrics and backbones.
struct SystemRoutes: Sendable {
    private let environment: APIEnvironment

    init(_ environment: APIEnvironment) { self.environment = environment }

    func register(_ router: inout Router) {
        router.get("/healthz", alive)
        router.get("/livez", alive)
        router.get("/readyz", ready)
        router.get("/metrics", metrics)
        router.get("/openapi.json", openAPI)
        router.get("/v1/backbones", backbones)
    }

    private func alive(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        return .text("ok\n")
    }

    private func ready(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        try environment.readiness.require()
        return .text("ok\n")
    }

    private func metrics(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        return Response(
            headers: [.contentType: PrometheusRegistry.contentType],
            body: .bytes(Array(try await environment.metrics().utf8)))
    }

    /// All routes by OpenAPI 3.1, written by hand in `openapi.json`; the tests compare it with the router and with answers.
    private func openAPI(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        return Response(headers: [.contentType: "application/json"], body: .bytes(PackageResources.openapi_json))
    }

    private struct BackboneDocument: Encodable {
        var id: String
        var title: String
        var width: Int
        var height: Int
        var features: Int
        var publishedTop1: Nullable<Double>
        var license: Nullable<String>
        var source: Nullable<String>
        /// Whether its file is there.
        var available: Bool
        var loaded: Bool
        var isDefault: Bool
    }

    private struct BackboneList: Encodable {
        var backbones: [BackboneDocument]
    }

    private func backbones(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        let loaded = await environment.backbones.loaded
        let documents = environment.backbones.catalogue.entries.map { entry in
            let descriptor = entry.descriptor
            return BackboneDocument(
                id: descriptor.id, title: descriptor.title, width: descriptor.input.width,
                height: descriptor.input.height, features: descriptor.featureCount,
                publishedTop1: Nullable(descriptor.publishedTop1), license: Nullable(descriptor.license),
                source: Nullable(descriptor.source), available: entry.networkFile != nil,
                loaded: loaded.contains(descriptor.id), isDefault: descriptor.id == environment.settings.defaultBackbone
            )
        }
        return try JSONResponse.make(BackboneList(backbones: documents))
    }
}

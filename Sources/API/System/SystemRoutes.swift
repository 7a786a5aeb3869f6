import Domain
import Foundation
import HTTP
import HTTPTypes
import Inference
import Prometheus

/// Health, metrics, backbones, and what stands at the root.
struct SystemRoutes: Sendable {
    private let environment: APIEnvironment

    init(_ environment: APIEnvironment) { self.environment = environment }

    func register(_ router: inout Router) {
        router.get("/", index)
        router.get("/healthz", alive)
        router.get("/livez", alive)
        router.get("/readyz", ready)
        router.get("/metrics", metrics)
        router.get("/v1/backbones", backbones)
    }

    private struct Index: Encodable {
        var name = "regraft"
        var version: String
        var resources = ["/classify", "/v1/datasets", "/v1/jobs", "/v1/models", "/v1/backbones", "/metrics", "/readyz"]
    }

    private func index(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        return try JSONResponse.make(Index(version: environment.settings.version))
    }

    private func alive(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        return .text("ok\n")
    }

    private func ready(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        if let obstacle = environment.readiness.obstacle {
            throw Problem(.serviceUnavailable, type: "urn:regraft:problem:not-ready", obstacle)
        }
        return .text("ok\n")
    }

    private func metrics(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        return Response(
            headers: [.contentType: PrometheusRegistry.contentType],
            body: .bytes(Array(environment.metrics.exposition().utf8)))
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

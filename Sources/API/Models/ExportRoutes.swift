import Domain
import Foundation
import HTTP
import HTTPTypes
import Jobs

/// Files of a model's version, to be taken away.
struct ExportRoutes: Sendable {
    private let environment: APIEnvironment
    private let exporter: ModelExporter
    private let files = FilesInTransit()

    init(_ environment: APIEnvironment) {
        self.environment = environment
        exporter = ModelExporter(
            blobs: environment.blobs, backbones: environment.backbones, regraft: environment.settings.version)
    }

    func register(_ router: inout Router) {
        router.get("/v1/models/{model}/versions/{version}/export", export)
    }

    private func export(_ request: Request) async throws -> Response {
        var query = FieldReader(query: request.query)
        let format = query.requiredChoice("format", of: ModelExporter.formats)
        try query.finish()
        guard let format else { return Response(status: .badRequest) }  // `finish` has thrown
        let version = try await environment.version(request)
        let file = try await exporter.file(of: version, as: format)
        // Asked about each time, since the same address may come to mean another file: an alias moves, and a model that is
        // made again after it was deleted begins with version 1 again.
        let tag = "\"\(file.sha256)\""
        var response = Response(headers: [.eTag: tag, .cacheControl: "private, no-cache"])
        if let tags = request.headers[.ifNoneMatch], EntityTag.isNamed(tag, in: tags, strongly: false) {
            response.status = .notModified
            return response
        }
        response.body = files.share(file.data, sha256: file.sha256).body
        response.headers[.contentType] = file.contentType
        response.headers[.contentDisposition] = "attachment; filename=\"\(file.name)\""
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
    }
}

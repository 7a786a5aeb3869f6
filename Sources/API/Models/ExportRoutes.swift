import Domain
import Foundation
import HTTP
import HTTPTypes
import Jobs
import Storage

/// `/v1/models/{model}/versions/{version}/export`: a version as a file.
struct ExportRoutes: Sendable {
    private let environment: APIEnvironment

    init(_ environment: APIEnvironment) { self.environment = environment }

    func register(_ router: inout Router) {
        router.get("/v1/models/{model}/versions/{version}/export", export)
    }

    private func export(_ request: Request) async throws -> Response {
        var query = FieldReader(query: request.query)
        let format = query.requiredChoice("format", as: ModelExport.Format.self) ?? .bundle
        try query.finish()  // throws where there is no format
        let version = try await environment.version(request)
        // The bundle names its backbone's file, so of one bundle only another program makes other files. A model may be deleted and
        // its numbers given again, so caches have to ask.
        let tag = "\(version.head)-\(format.rawValue)-\(environment.settings.version)"
        let headers: HTTPFields = [
            .cacheControl: "private, no-cache",
            .contentDisposition: "attachment; filename=\"\(version.model)-\(version.number)\(format.ending)\"",
        ]
        func answer(_ bytes: [UInt8]) -> Response {
            .content(bytes, for: request, contentType: format.contentType, entityTag: tag, headers: headers)
        }
        let known = answer([])
        if known.status == .notModified { return known }
        let file = ModelExport(
            version, bundle: try await environment.blob(version.head, what: "head"), backbones: environment.backbones,
            pool: environment.readPool)
        return answer(Array(try await file.data(format)))
    }
}

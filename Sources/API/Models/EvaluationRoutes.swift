import Domain
import Foundation
import HTTP
import HTTPTypes
import Jobs
import Storage

/// How good a version is, as JSON or as a page, and how it stands beside another one.
struct EvaluationRoutes: Sendable {
    private let environment: APIEnvironment

    init(_ environment: APIEnvironment) { self.environment = environment }

    func register(_ router: inout Router) {
        router.get("/v1/models/{model}/versions/{version}/evaluation", evaluation)
        router.get("/v1/models/{model}/versions/{version}/misclassified", misclassified)
        router.get("/v1/models/{model}/compare", compare)
    }

    private func evaluation(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        let version = try await environment.version(request)
        let data = try await environment.blob(version.evaluation, what: "evaluation")
        guard Self.wantsPage(request) else {
            return Response(
                headers: [.contentType: "application/json", .vary: "Accept"], body: .bytes(Array(data)))
        }
        let dataset = version.dataset
        let page = try await environment.readPool.run { _ in
            let document = try EvaluationDocument(decoding: data)
            return EvaluationPage(document, title: "\(version.model), version \(version.number)") { image, _ in
                guard let dataset, let image else { return nil }
                return "/v1/datasets/\(dataset)/images/\(image)?size=320"
            }.html
        }
        return Response(
            headers: [
                .contentType: "text/html; charset=utf-8", .vary: "Accept",
                .contentSecurityPolicy: EvaluationPage.contentSecurityPolicy + "; frame-ancestors 'none'",
                .xContentTypeOptions: "nosniff", .referrerPolicy: "no-referrer",
            ], body: .bytes(Array(page)))
    }

    /// Browsers ask for HTML by name; programs say `*/*`, or nothing.
    private static func wantsPage(_ request: Request) -> Bool {
        let accepted = (request.headers[.accept] ?? "").lowercased()
        return accepted.contains("text/html") && !accepted.contains("application/json")
    }

    private func misclassified(_ request: Request) async throws -> Response {
        var query = FieldReader(query: request.query)
        let page = Page(&query)
        let after = page.number(&query, as: Int.self) ?? 0
        try query.finish()
        let version = try await environment.version(request)
        let data = try await environment.blob(version.evaluation, what: "evaluation")
        let all = try await environment.readPool.run { _ in try EvaluationDocument.mistakes(decoding: data) }
        let rest = all.dropFirst(max(0, after))
        let shown = Array(rest.prefix(page.limit))
        return try JSONResponse.make(
            MistakeList(
                model: version.model.text, version: version.number, images: shown,
                nextCursor: Nullable(rest.count > shown.count ? "\(max(0, after) + shown.count)" : nil)))
    }

    private struct MistakeList: Encodable {
        var model: String
        var version: Int
        var images: [EvaluationDocument.Mistake]
        var nextCursor: Nullable<String>
    }

    private func compare(_ request: Request) async throws -> Response {
        var query = FieldReader(query: request.query)
        let first = query.require(query.string("a"), "a")
        let second = query.string("b")
        try query.finish()
        let model = try request.name("model")
        let a = try await environment.version(named: first ?? "", of: model)
        let b = try await environment.version(named: second ?? ModelAlias.latest.text, of: model)
        let found = try await request.whileWanted { [comparer = environment.comparer] in
            try await comparer.compare(a, b)
        }
        return try await BodyWorkers.run(.max) { try JSONResponse.make(found) }
    }
}

public import HTTPTypes
import Foundation

/// An error as a client is told of it: "problem details" (RFC 9457), `application/problem+json`.
///
/// Handlers throw it; what else they throw becomes a 500 that says nothing about the inside.
public struct Problem: Error, Sendable {
    public var status: HTTPResponse.Status
    /// A URI that names the kind of problem and does not change: what programs compare. `about:blank` where the status says it
    /// all (RFC 9457, section 4.2.1).
    public var type: String
    /// One sentence: what was wrong, with what, and what to do.
    public var detail: String
    /// Where there are several things wrong, each of them; the first 20 are told.
    public var errors: [Item] = []
    /// Go with the response: `Retry-After`, `Allow`, …
    public var headers = HTTPFields()

    public struct Item: Sendable, Codable {
        /// What the item is about: a field's name or a file's.
        public var subject: String
        public var detail: String

        public init(subject: String, detail: String) {
            self.subject = subject
            self.detail = detail
        }
    }

    public init(_ status: HTTPResponse.Status, type: String = "about:blank", _ detail: String) {
        self.status = status
        self.type = type
        self.detail = detail
    }

    /// So that an answer does not grow with what a client gets wrong.
    private static let maximumItems = 20

    /// The response for a client.
    public func response(requestID: String) -> Response {
        let rest = errors.count - Self.maximumItems
        let document = Document(
            type: type, title: status.reasonPhrase, status: status.code,
            detail: rest > 0 ? "\(detail) Here are \(Self.maximumItems) of them, and \(rest) more." : detail,
            requestID: requestID, errors: errors.isEmpty ? nil : Array(errors.prefix(Self.maximumItems)))
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var response = Response(status: status, body: .bytes(Array((try? encoder.encode(document)) ?? Data())))
        response.headers = headers
        response.headers[.contentType] = "application/problem+json"
        return response
    }

    private struct Document: Encodable {
        var type: String
        var title: String
        var status: Int
        var detail: String
        var requestID: String
        var errors: [Item]?

        enum CodingKeys: String, CodingKey {
            case type, title, status, detail, errors
            case requestID = "requestId"
        }
    }
}

extension Problem {
    static func badRequest(_ detail: String) -> Problem { Problem(.badRequest, detail) }
}

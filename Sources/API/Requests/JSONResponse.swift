import Domain
import Foundation
import HTTP
import HTTPTypes

/// Responses in JSON: snake_case, times in RFC 3339 and UTC, keys sorted, a line end last.
enum JSONResponse {
    static func make(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        var response = Response(status: status, headers: headers, body: .bytes(try encode(value) + [0x0A]))
        response.headers[.contentType] = "application/json"
        return response
    }

    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(date.rfc3339)
        }
        return Array(try encoder.encode(value))
    }
}

/// A field that is `null` where there is nothing, instead of missing. Numbers that are not finite, as the loss of a training that
/// has diverged, JSON has no way to write: they are nothing too.
struct Nullable<Value: Encodable & Sendable>: Encodable, Sendable {
    let value: Value?

    init(_ value: Value?) { self.value = value }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        let isWritable = (value as? Double)?.isFinite ?? true
        if let value, isWritable { try container.encode(value) } else { try container.encodeNil() }
    }
}

extension HTTPField.Name {
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    static let idempotentReplayed = HTTPField.Name("Idempotency-Replayed")!
}

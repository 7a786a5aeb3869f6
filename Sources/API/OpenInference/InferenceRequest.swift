import Foundation
import HTTP

/// What a client of the Open Inference Protocol (version 2, REST) asks. Fields and parameters that are not known here are passed
/// over, as the protocol leaves room for those of other servers.
struct InferenceRequest: Decodable, Sendable {
    var id: String?
    var parameters: [String: JSONValue]?
    var inputs: [Input]
    /// Nil for all that the model has.
    var outputs: [Output]?

    struct Output: Decodable, Sendable {
        var name: String
        var parameters: [String: JSONValue]?
    }

    struct Input: Sendable {
        var name: String
        var shape: [Int]
        var datatype: String
        var parameters: [String: JSONValue]
        var content: Content
    }

    enum Content: Sendable {
        case strings([String])
        case floats([Float])
        /// Little-endian, from behind the JSON.
        case binary(Data)
    }

    /// - Parameter jsonLength: bytes of the JSON at the body's beginning, which the field `Inference-Header-Content-Length`
    ///   says; nil where all of the body is JSON.
    /// - Throws: `Problem` (400).
    static func parse(_ body: [UInt8], jsonLength: Int?) throws(Problem) -> InferenceRequest {
        let length = jsonLength ?? body.count
        guard (0...body.count).contains(length) else {
            throw Problem(
                .badRequest, "Inference-Header-Content-Length is \(length), but the body has \(body.count) bytes.")
        }
        var request: InferenceRequest
        do { request = try JSONDecoder().decode(InferenceRequest.self, from: Data(body[..<length])) } catch {
            throw Problem(.badRequest, "The body is no inference request: \(Self.reason(error))")
        }
        var rest = body[length...]
        for index in request.inputs.indices {
            guard let parameter = request.inputs[index].parameters["binary_data_size"] else { continue }
            guard case .integer(let size) = parameter, (0...rest.count).contains(size) else {
                throw Problem(
                    .badRequest,
                    "The binary_data_size of the input '\(request.inputs[index].name.prefix(100))' must be a number of bytes, "
                        + "of which \(rest.count) are left behind the JSON.")
            }
            request.inputs[index].content = .binary(Data(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        guard rest.isEmpty else {
            throw Problem(.badRequest, "\(rest.count) bytes behind the JSON belong to no input.")
        }
        return request
    }

    private static func reason(_ error: any Error) -> String {
        func path(_ context: DecodingError.Context) -> String {
            let keys = context.codingPath.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }
            return keys.isEmpty ? "it" : "'\(keys.joined(separator: ".").prefix(100))'"
        }
        return switch error {
        case DecodingError.keyNotFound(let key, let context): "\(path(context)) lacks the field '\(key.stringValue)'."
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\(path(context)) has another type than it must."
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            "\(path(context)): \(context.debugDescription)"
        default: "it is no valid JSON."
        }
    }
}

extension InferenceRequest.Input: Decodable {
    private enum Key: String, CodingKey { case name, shape, datatype, parameters, data }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(String.self, forKey: .name)
        shape = try container.decode([Int].self, forKey: .shape)
        datatype = try container.decode(String.self, forKey: .datatype)
        parameters = try container.decodeIfPresent([String: JSONValue].self, forKey: .parameters) ?? [:]
        if parameters["binary_data_size"] != nil {
            content = .binary(Data())
        } else if datatype == "BYTES" {
            content = .strings(try container.decode(Flattened<String>.self, forKey: .data).values)
        } else {
            content = .floats(try container.decode(Flattened<Float>.self, forKey: .data).values)
        }
    }
}

/// A tensor in JSON: one list, or lists within lists, row by row.
private struct Flattened<Element: Decodable>: Decodable {
    var values: [Element]

    init(from decoder: any Decoder) throws {
        if let flat = try? decoder.singleValueContainer().decode([Element].self) {
            values = flat
            return
        }
        var list = try decoder.unkeyedContainer()
        values = []
        while !list.isAtEnd { values += try list.decode(Flattened.self).values }
    }
}

import Foundation

/// A response as it came, taken apart by its own rules.
public struct RawResponse: Sendable {
    public let status: Int
    /// Names in lower case.
    public let fields: [(name: String, value: String)]
    public let bytes: [UInt8]

    public var body: String { String(decoding: bytes, as: UTF8.self) }

    public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    public static func parse(_ text: String, toHead: Bool = false) -> [RawResponse] {
        parse(Array(text.utf8), toHead: toHead)
    }

    /// All responses in a stream of bytes; informational ones too.
    /// - Parameter toHead: whether the requests were HEAD, so that no body follows whatever the length says.
    public static func parse(_ received: [UInt8], toHead: Bool = false) -> [RawResponse] {
        var (rest, responses): ([UInt8], [RawResponse]) = (received, [])
        while let head = rest.firstRange(of: Array("\r\n\r\n".utf8)) {
            let lines = String(decoding: rest[..<head.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
            let status = Int(lines[0].split(separator: " ")[1]) ?? 0
            let fields = lines.dropFirst().map { line in
                let colon = line.firstIndex(of: ":") ?? line.endIndex
                return (
                    name: line[..<colon].lowercased(),
                    value: line[colon...].dropFirst().trimmingCharacters(in: .whitespaces)
                )
            }
            rest = Array(rest[head.upperBound...])
            var body: [UInt8] = []
            func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
            if toHead || status == 204 || status == 304 || status < 200 {
                // no body
            } else if field("transfer-encoding") == "chunked" {
                while let line = rest.firstRange(of: Array("\r\n".utf8)) {
                    let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16) ?? 0
                    let end = min(rest.count, line.upperBound + size)
                    body += rest[line.upperBound..<end]
                    rest = Array(rest[min(rest.count, end + 2)...])
                    if size == 0 { break }
                }
            } else {
                let length = min(field("content-length").flatMap(Int.init) ?? rest.count, rest.count)
                body = Array(rest[..<length])
                rest = Array(rest[length...])
            }
            responses.append(RawResponse(status: status, fields: fields, bytes: body))
        }
        return responses
    }
}

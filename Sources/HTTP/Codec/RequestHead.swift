import HTTPTypes

/// What comes before a request's body.
struct RequestHead: Sendable {
    var request: HTTPRequest
    var target: RequestTarget
    /// 0 or 1.
    var minorVersion: Int
    var framing: BodyFraming
    /// Whether the client wants to send another request on this connection.
    var keepsAlive: Bool
    /// The client waits for `100 Continue` before it sends the body.
    var expectsContinue: Bool
}

/// How long a request's body is (RFC 9112, 6.3).
enum BodyFraming: Sendable, Equatable {
    /// Bytes; 0 where the request has no body.
    case length(Int)
    case chunked
}

extension RequestHead {
    /// Puts a request together once all its lines have been read.
    /// - Throws: `Problem` for what two readers could understand in two ways, and for what this server does not do.
    init(
        method: HTTPRequest.Method, target: String, minorVersion: Int, fields: HTTPFields
    ) throws(Problem) {
        var hosts: [String] = []
        var lengths: [String] = []
        var codings: [String] = []
        var connection: [Substring] = []
        var expectation: String?
        for field in fields {
            switch field.name.canonicalName {
            case "host": hosts.append(field.value)
            case "content-length": lengths.append(field.value)
            case "transfer-encoding": codings.append(field.value)
            case "connection": connection += field.value.split(separator: ",")
            case "expect": expectation = expectation.map { $0 + "," + field.value } ?? field.value
            default: break
            }
        }
        let (parsed, authority) = try RequestTarget.parse(target, method: method)
        guard hosts.count <= 1 else { throw .badRequest("There is more than one Host field.") }
        guard minorVersion == 0 || hosts.count == 1 else { throw .badRequest("There is no Host field.") }
        guard hosts.allSatisfy(Self.isHost) else { throw .badRequest("The Host field names no host.") }
        guard authority.map(Self.isHost) ?? true else { throw .badRequest("The target names no host.") }

        framing = try Self.framing(lengths: lengths, codings: codings, minorVersion: minorVersion)
        let options = connection.map { $0.trimmingBlanks.lowercased() }
        // HTTP/1.0 connections are closed: their keep-alive was never specified.
        keepsAlive = minorVersion == 1 && !options.contains("close")
        expectsContinue = false
        if let expectation, minorVersion == 1 {
            guard expectation.lowercased() == "100-continue" else {
                throw Problem(.expectationFailed, "The expectation '\(expectation)' is not one that can be met.")
            }
            expectsContinue = framing != .length(0)
        }
        self.target = parsed
        self.minorVersion = minorVersion
        request = HTTPRequest(method: method, scheme: "http", authority: authority ?? hosts.first, path: target)
        request.headerFields = fields
    }

    /// Whatever leaves a doubt about where a request ends is refused, since another program on the way may have decided
    /// otherwise ("request smuggling", RFC 9112, 11.2).
    private static func framing(
        lengths: [String], codings: [String], minorVersion: Int
    ) throws(Problem) -> BodyFraming {
        if !codings.isEmpty {
            guard lengths.isEmpty else {
                throw .badRequest("Both Content-Length and Transfer-Encoding say where the body ends.")
            }
            guard minorVersion == 1 else { throw .badRequest("HTTP/1.0 has no Transfer-Encoding.") }
            guard codings.count == 1 else { throw .badRequest("There is more than one Transfer-Encoding field.") }
            guard codings[0].utf8.elementsEqual("chunked".utf8, by: { $0 | 0x20 == $1 }) else {
                throw Problem(.notImplemented, "The only transfer coding that is understood is 'chunked'.")
            }
            return .chunked
        }
        guard let length = lengths.first else { return .length(0) }
        guard lengths.count == 1 else { throw .badRequest("There is more than one Content-Length field.") }
        guard !length.isEmpty, length.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(length) else {
            throw .badRequest("The Content-Length field holds no number of bytes.")
        }
        return .length(number)
    }

    /// `uri-host [ ":" port ]` (RFC 9110, 7.2), which may be empty.
    private static func isHost(_ value: String) -> Bool {
        var rest = value.utf8[...]
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let inside = rest[rest.index(after: rest.startIndex)..<end]
            guard !inside.isEmpty, inside.allSatisfy({ isHexadecimal($0) || $0 == 0x3A || $0 == 0x2E }) else {
                return false
            }
            rest = rest[rest.index(after: end)...]
        } else {
            rest = rest.drop {
                isHexadecimal($0) || (0x67...0x7A).contains($0 | 0x20) || "-._~%!$&'()*+,;=".utf8.contains($0)
            }
        }
        guard let colon = rest.first else { return true }
        return colon == UInt8(ascii: ":") && rest.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }
}

extension StringProtocol where SubSequence == Substring {
    /// Without spaces and tabs at both ends.
    var trimmingBlanks: Substring {
        var rest = self[...].utf8
        while let first = rest.first, ByteSet.isBlank(first) { rest.removeFirst() }
        while let last = rest.last, ByteSet.isBlank(last) { rest.removeLast() }
        return Substring(rest)
    }
}

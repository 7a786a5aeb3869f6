import HTTPTypes

/// Writes the head of a response (RFC 9112, 4 and 6).
enum ResponseEncoder {
    /// How the end of the body is told.
    enum Framing: Equatable {
        /// There is no body and nothing about one: 204 and 304.
        case none
        case length(Int)
        case chunked
        /// The end of the connection: for HTTP/1.0.
        case close
    }

    /// - Parameters:
    ///   - date: the whole line.
    ///   - server: the `Server` field's value.
    static func head(
        _ response: Response, framing: Framing, minorVersion: Int, keepsAlive: Bool, date: [UInt8], server: String?
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        if response.status == .ok {
            bytes += okLine
        } else {
            bytes += "HTTP/1.1 \(response.status.code) ".utf8
            bytes += response.status.reasonPhrase.utf8.filter(ByteSet.isFieldValue)
            bytes += crlf
        }
        bytes += date
        if let server { line("server", server.utf8, to: &bytes) }
        for field in response.headers {
            switch field.name.canonicalName {
            // About the connection and the message: these are not a handler's to say.
            case "connection", "content-length", "transfer-encoding", "date", "keep-alive", "upgrade": continue
            default:
                // The type lets no line break into a value (it makes a space of it), so no field can begin another one.
                field.withUnsafeBytesOfValue { line(field.name.canonicalName, $0, to: &bytes) }
            }
        }
        switch framing {
        case .none, .close: break
        case .length(let length):
            bytes += "content-length: ".utf8
            append(length, to: &bytes)
            bytes += crlf
        case .chunked: line("transfer-encoding", "chunked".utf8, to: &bytes)
        }
        if !keepsAlive { line("connection", "close".utf8, to: &bytes) }
        bytes += crlf
        return bytes
    }

    private static let okLine = Array("HTTP/1.1 200 OK\r\n".utf8)
    static let `continue` = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
    static let lastChunk = Array("0\r\n\r\n".utf8)
    static let crlf: [UInt8] = [0x0D, 0x0A]

    /// `chunk-size CRLF`
    static func chunkHead(_ size: Int) -> [UInt8] { Array(String(size, radix: 16).utf8) + crlf }

    private static func line(_ name: String, _ value: some Sequence<UInt8>, to bytes: inout [UInt8]) {
        bytes += name.utf8
        bytes.append(0x3A)
        bytes.append(0x20)
        bytes += value
        bytes += crlf
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) { bytes += String(number).utf8 }
}

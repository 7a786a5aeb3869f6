import HTTPTypes

/// Reads the head of a request (RFC 9112, 2 to 5), as far as it has come.
///
/// Strict where the RFC lets a server choose: lines end in CR LF, fields are not folded, and nothing stands between a
/// field's name and its colon.
struct RequestHeadParser {
    private let limits: ServerConfiguration.Limits
    private var lineStart = 0
    /// How far line feeds have been looked for, so that a head that comes byte by byte is not searched again each time.
    private var searched = 0
    private var requestLine: (method: HTTPRequest.Method, target: String, minorVersion: Int)?
    private var fields = HTTPFields()
    private var fieldsStart = 0

    init(limits: ServerConfiguration.Limits) { self.limits = limits }

    /// Whether it is a HEAD, whose response has no body, even where the rest is wrong.
    var isHead: Bool { requestLine?.method == .head }

    /// - Parameter bytes: everything since the head began: each time what it was before, and more.
    /// - Returns: the head and how many bytes it takes, or nil while it is not whole.
    mutating func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(Problem) -> (head: RequestHead, length: Int)? {
        if requestLine == nil, searched == 0, let first = bytes.first, !ByteSet.isToken(first), first != 0x0D {
            // Say at once to a client that speaks TLS that this is no such port.
            throw .badRequest(
                first == 0x16 ? "This port speaks HTTP; the client began with TLS." : "This is no HTTP request.")
        }
        while let lineFeed = bytes.lineFeed(from: searched) {
            searched = lineFeed + 1
            guard lineFeed > lineStart, bytes[lineFeed - 1] == 0x0D else {
                throw .badRequest("A line ends without carriage return and line feed.")
            }
            let line = lineStart..<lineFeed - 1
            let isFirst = lineStart == 0
            lineStart = lineFeed + 1
            if let requestLine {
                try checkSize(lineFeed + 1)
                guard !line.isEmpty else {
                    let head = try RequestHead(
                        method: requestLine.method, target: requestLine.target, minorVersion: requestLine.minorVersion,
                        fields: fields)
                    return (head, lineFeed + 1)
                }
                guard fields.count < limits.headerCount else { throw tooLarge("\(limits.headerCount) header fields") }
                fields.append(try FieldLine.parse(bytes, line))
            } else if line.isEmpty, isFirst {
                continue  // some clients end a body with an empty line too many (RFC 9112, 2.2)
            } else {
                guard line.count <= limits.requestLine else { throw tooLong }
                requestLine = try Self.requestLine(bytes, line)
                fieldsStart = lineStart
            }
        }
        searched = bytes.count
        if requestLine != nil {
            try checkSize(bytes.count)
        } else if bytes.count - lineStart > limits.requestLine + 2 {
            throw tooLong
        }
        return nil
    }

    private func checkSize(_ end: Int) throws(Problem) {
        if end - fieldsStart > limits.headerBytes { throw tooLarge("\(limits.headerBytes) bytes of header") }
    }

    private func tooLarge(_ limit: String) -> Problem {
        Problem(.requestHeaderFieldsTooLarge, "A request may have at most \(limit).")
    }

    private var tooLong: Problem {
        Problem(.uriTooLong, "A request line may have at most \(limits.requestLine) bytes.")
    }

    /// `method SP request-target SP HTTP-version`
    private static func requestLine(
        _ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>
    ) throws(Problem) -> (method: HTTPRequest.Method, target: String, minorVersion: Int) {
        let methodEnd = line.first { !ByteSet.isToken(bytes[$0]) } ?? line.upperBound
        guard methodEnd > line.lowerBound, methodEnd < line.upperBound, bytes[methodEnd] == 0x20,
            let method = HTTPRequest.Method(bytes.text(line.lowerBound..<methodEnd))
        else { throw .badRequest("The request line does not begin with a method.") }
        let targetStart = methodEnd + 1
        // Visible ASCII, without the '#' of a fragment.
        let targetEnd = (targetStart..<line.upperBound).first {
            bytes[$0] <= 0x20 || bytes[$0] >= 0x7F || bytes[$0] == 0x23
        }
        if let targetEnd, bytes[targetEnd] >= 0x80 {
            throw .badRequest(
                "The target holds bytes that are not ASCII; percent-encode them (%C3%A9 for é). curl does it with "
                    + "`-G --data-urlencode 'name=value'`.")
        }
        guard let targetEnd, targetEnd > targetStart, bytes[targetEnd] == 0x20 else {
            throw .badRequest("The request line must be method, target and version with one space between.")
        }
        let version = targetEnd + 1..<line.upperBound
        guard version.count == 8, bytes[version].starts(with: "HTTP/".utf8), bytes[version.lowerBound + 6] == 0x2E
        else {
            throw .badRequest("The request line does not end with a version of HTTP.")
        }
        let minor = bytes[version.lowerBound + 7]
        guard bytes[version.lowerBound + 5] == 0x31, (0x30...0x39).contains(minor) else {
            throw Problem(.httpVersionNotSupported, "This server speaks HTTP/1.1.")
        }
        // A later minor version is answered as the latest that is known (RFC 9110, 6.2).
        return (method, bytes.text(targetStart..<targetEnd), minor == 0x30 ? 0 : 1)
    }
}

/// `field-name ":" OWS field-value OWS` (RFC 9112, 5)
enum FieldLine {
    static func parse(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) throws(Problem) -> HTTPField {
        let nameEnd = line.first { !ByteSet.isToken(bytes[$0]) } ?? line.upperBound
        guard nameEnd > line.lowerBound, nameEnd < line.upperBound, bytes[nameEnd] == 0x3A else {
            throw .badRequest(
                line.first.map { ByteSet.isBlank(bytes[$0]) } == true
                    ? "A header line begins with a space: folded lines are not understood."
                    : "A header line is no name followed by a colon.")
        }
        var (start, end) = (nameEnd + 1, line.upperBound)
        while start < end, ByteSet.isBlank(bytes[start]) { start += 1 }
        while start < end, ByteSet.isBlank(bytes[end - 1]) { end -= 1 }
        guard bytes[start..<end].allSatisfy(ByteSet.isFieldValue),
            let name = HTTPField.Name(bytes.text(line.lowerBound..<nameEnd))
        else { throw .badRequest("A header field's value holds a control character.") }
        return HTTPField(name: name, value: bytes[start..<end])
    }
}

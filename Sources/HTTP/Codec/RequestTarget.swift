import HTTPTypes

/// What a request asks for: a path, decoded once, and a query.
public struct RequestTarget: Sendable, Hashable {
    /// As it came, without the query: for logs, and for comparing with what another program has seen.
    public let rawPath: String
    /// The parts between the slashes, percent-decoded: `/a%20b/c` is `["a b", "c"]`, `/` is `[""]`, and `*` is none. None of
    /// them is `.` or `..` or holds a slash or a NUL, so they may become part of a file's path.
    public let segments: [String]
    public let query: Query

    /// - Returns: the target, and the authority where it is in absolute form.
    /// - Throws: `Problem` (400 or 501).
    static func parse(
        _ text: String, method: HTTPRequest.Method
    ) throws(Problem) -> (RequestTarget, authority: String?) {
        guard method != .connect else { throw Problem(.notImplemented, "This server is no proxy.") }
        var rest = text[...]
        var authority: String?
        if text == "*" {
            guard method == .options else { throw .badRequest("The target '*' is for OPTIONS.") }
            return (RequestTarget(rawPath: "*", segments: [], query: Query()), nil)
        }
        // Absolute form, as proxies send it, and as every server must take it (RFC 9112, 3.2.2).
        for scheme in ["http://", "https://"] where text.lowercased().hasPrefix(scheme) {
            rest = text.dropFirst(scheme.count)
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            authority = String(rest[..<end])
            rest = rest[end...]
            guard authority?.isEmpty == false, authority?.contains("@") == false else {
                throw .badRequest("The target names no host.")
            }
            if rest.first != "/" { rest = "/" + rest }
        }
        guard rest.first == "/" else { throw .badRequest("The target does not begin with a slash.") }
        let question = rest.firstIndex(of: "?")
        let path = rest[..<(question ?? rest.endIndex)]
        let query = question.map { rest[rest.index(after: $0)...] } ?? ""
        let target = RequestTarget(
            rawPath: String(path), segments: try segments(path), query: try Query(decoding: query))
        return (target, authority)
    }

    private static func segments(_ path: Substring) throws(Problem) -> [String] {
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        var segments: [String] = []
        for (index, part) in parts.enumerated() {
            let segment = try part.percentDecoded(plusIsSpace: false)
            guard segment != ".", segment != ".." else { throw .badRequest("The path has a dot segment.") }
            // A slash that came encoded is one for some programs and none for others.
            guard !segment.utf8.contains(where: { $0 == 0x2F || $0 < 0x20 || $0 == 0x7F }) else {
                throw .badRequest("The path holds an encoded slash or control character.")
            }
            guard !segment.isEmpty || index == parts.count - 1 else {
                throw .badRequest("The path has an empty segment.")
            }
            segments.append(segment)
        }
        return segments
    }
}

/// The part of a target after the question mark: `name=value` pairs, as forms write them (WHATWG URL, 5.1).
public struct Query: Sendable, Hashable {
    public struct Item: Sendable, Hashable {
        public let name: String
        public let value: String
    }

    /// In the order in which they came.
    public let items: [Item]

    init() { items = [] }

    init(decoding text: Substring) throws(Problem) {
        var items: [Item] = []
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            items.append(
                Item(
                    name: try parts[0].percentDecoded(plusIsSpace: true),
                    value: parts.count > 1 ? try parts[1].percentDecoded(plusIsSpace: true) : ""))
        }
        self.items = items
    }

    /// The value of the first item of that name.
    public subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    public func values(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }
}

extension Substring {
    /// - Throws: `Problem` (400) for an incomplete escape, and for bytes that are no UTF-8.
    fileprivate func percentDecoded(plusIsSpace: Bool) throws(Problem) -> String {
        let bytes = Array(utf8)
        guard bytes.contains(where: { $0 == 0x25 || (plusIsSpace && $0 == 0x2B) }) else { return String(self) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case 0x25:
                guard index + 2 < bytes.count, let high = Self.digit(bytes[index + 1]),
                    let low = Self.digit(bytes[index + 2])
                else { throw .badRequest("The target has a '%' that two hexadecimal digits do not follow.") }
                decoded.append(high << 4 | low)
                index += 3
            case 0x2B where plusIsSpace:
                decoded.append(0x20)
                index += 1
            default:
                decoded.append(bytes[index])
                index += 1
            }
        }
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw .badRequest("The target is not UTF-8.")
        }
        return text
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}

import HTTP
import HTTPTestSupport
import Testing

/// What is no request is refused with the right status, by a response that ends the connection, and reaches no handler.
struct MalformedRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: String
        let status: Int
        var testDescription: String { name }

        init(_ name: String, _ bytes: String, _ status: Int) {
            (self.name, self.bytes, self.status) = (name, bytes, status)
        }
    }

    private static let long = String(repeating: "a", count: 40_000)

    private static func get(_ fields: String) -> String { "GET / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\n" }

    private static func post(_ fields: String, _ body: String) -> String {
        "POST /echo HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\n\(body)"
    }

    private static func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked", body) }

    static let requestLines = [
        Case(
            "8 KiB and one byte", "GET /" + String(repeating: "a", count: 8192 - 13) + " HTTP/1.1\r\nHost: x\r\n\r\n",
            414),
        Case("a line without end", "GET /" + long, 414),
        Case("a method without end", long, 414),
        Case("two spaces", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Case("a tab", "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Case("a space too many", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400),
        Case("no version", "GET /\r\nHost: x\r\n\r\n", 400),
        Case("no target", "GET HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Case("HTTP/2", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        Case("HTTP/0.9", "GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505),
        Case("HTTP/1.10", "GET / HTTP/1.10\r\nHost: x\r\n\r\n", 400),
        Case("lower case version", "GET / http/1.1\r\nHost: x\r\n\r\n", 400),
        Case("HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        Case("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", 400),
        Case("a fragment", "GET /#a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Case("a space in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Case("UTF-8 in the target", "GET /ü HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Case("NUL in the target", "GET /\u{0} HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Case("a method that is no token", "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Case("a relative target", "GET a/b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Case("* for GET", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Case("CONNECT", "CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        Case("another scheme", "GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Case("no host in the absolute form", "GET http:/// HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Case("half a host in the absolute form", "GET http://[::1/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Case("two ports in the absolute form", "GET http://x:1:2/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Case("two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ]

    static let headers = [
        Case("32 KiB in one line", get("A: \(long)"), 431),
        Case(
            "32 KiB in many lines",
            get((0..<90).map { "A\($0): " + String(repeating: "a", count: 400) }.joined(separator: "\r\n")), 431),
        Case("a header without end", "GET / HTTP/1.1\r\nHost: x\r\nA: \(long)", 431),
        Case("101 fields", get((0..<100).map { "A\($0): 1" }.joined(separator: "\r\n")), 431),
        Case("NUL in a value", get("A: a\u{0}b"), 400),
        Case("NUL in a name", get("A\u{0}: b"), 400),
        Case("a bare CR", get("A: a\rb"), 400),
        Case("a bare LF", get("A: a\nB: b"), 400),
        Case("LF alone ends the head", "GET / HTTP/1.1\nHost: x\n\n", 400),
        Case("a folded line", get("A: a\r\n b"), 400),
        Case("a folded first line", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400),
        Case("a space before the colon", get("A : a"), 400),
        Case("a tab before the colon", get("A\t: a"), 400),
        Case("no colon", get("A"), 400),
        Case("no name", get(": a"), 400),
        Case("a name that is no token", get("A(: a"), 400),
        Case("UTF-8 in a name", get("Ä: a"), 400),
        Case("DEL in a value", get("A: \u{7F}"), 400),
        Case("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
        Case("two Hosts", get("Host: y"), 400),
        Case("a Host with a space", "GET / HTTP/1.1\r\nHost: x y\r\n\r\n", 400),
        Case("a Host with a path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400),
        Case("a Host with a user", "GET / HTTP/1.1\r\nHost: u@x\r\n\r\n", 400),
        Case("an expectation that is unknown", post("Expect: magic\r\nContent-Length: 1", "a"), 417),
    ]

    static let lengths = [
        Case("two Content-Lengths", post("Content-Length: 5\r\nContent-Length: 6", "aaaaaa"), 400),
        Case("the same Content-Length twice", post("Content-Length: 5\r\nContent-Length: 5", "aaaaa"), 400),
        Case("a list", post("Content-Length: 5, 5", "aaaaa"), 400),
        Case("+5", post("Content-Length: +5", "aaaaa"), 400),
        Case("-5", post("Content-Length: -5", "aaaaa"), 400),
        Case("0x5", post("Content-Length: 0x5", "aaaaa"), 400),
        Case("5.0", post("Content-Length: 5.0", "aaaaa"), 400),
        Case("5 5", post("Content-Length: 5 5", "aaaaa"), 400),
        Case("an empty length", post("Content-Length:", ""), 400),
        Case("a length that overflows", post("Content-Length: 18446744073709551621", "aaaaa"), 400),
        Case("digits that are no ASCII", post("Content-Length: ５", "aaaaa"), 400),
        Case(
            "Content-Length and Transfer-Encoding",
            post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400),
        Case(
            "Transfer-Encoding and Content-Length",
            post("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"), 400),
        Case("gzip, chunked", post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"), 501),
        Case("chunked, chunked", post("Transfer-Encoding: chunked, chunked", "0\r\n\r\n"), 501),
        Case("chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400),
        Case(
            "chunked and identity", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"), 400),
        Case("xchunked", post("Transfer-Encoding: xchunked", "0\r\n\r\n"), 501),
        Case("identity", post("Transfer-Encoding: identity", "0\r\n\r\n"), 501),
        Case("chunked;q=1", post("Transfer-Encoding: chunked;q=1", "0\r\n\r\n"), 501),
        Case("a coding in quotes", post("Transfer-Encoding: \"chunked\"", "0\r\n\r\n"), 501),
        Case(
            "chunked with a Kelvin sign, whose lower case is k", post("Transfer-Encoding: chun\u{212A}ed", "0\r\n\r\n"),
            501),
        Case("an empty coding", post("Transfer-Encoding:", "0\r\n\r\n"), 501),
        Case("chunked in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ]

    static let targets = [
        "/%2e%2e/", "/..", "/a/../b", "/./", "/%2E", "/a/%2e%2E/b", "//", "//evil.example/", "/a//b", "/%00", "/%2f",
        "/a%2Fb", "/%0a", "/%7f", "/%", "/%1", "/%zz", "/%ff", "/%c3%28", "/?a=%zz", "/?%ff",
    ].map { Case("GET \($0)", "GET \($0) HTTP/1.1\r\nHost: x\r\n\r\n", 400) }

    @Test(arguments: requestLines + headers + lengths + targets)
    func isRefused(_ malformed: Case) async throws {
        try await RunningServer.with { server async throws in
            // A request behind it, which must not be read.
            let text = try await server.exchange(malformed.bytes + "GET /second HTTP/1.1\r\nHost: x\r\n\r\n")
            let responses = RawResponse.parse(text)
            #expect(responses.map(\.status) == [malformed.status], "\(text)")
            #expect(responses.first?["connection"] == "close")
            #expect(responses.first?["content-type"] == "application/problem+json")
            #expect(server.calls.all.isEmpty)
            try await server.eventually("an exchange is logged") { server.log.all.count == 1 }
            #expect(server.log.all.map(\.status) == [malformed.status])
        }
    }

    // The response to a HEAD has no body, also where the request is wrong.
    @Test func aMalformedHEAD() async throws {
        try await RunningServer.with { server async throws in
            let text = try await server.exchange("HEAD / HTTP/1.1\r\n\r\n")
            #expect(text.hasPrefix("HTTP/1.1 400 ") && text.hasSuffix("\r\n\r\n"))
        }
    }

    // The head is good, so a handler runs; the body is not, and what follows is not read.
    static let bodies = [
        Case(
            "a chunk line of 257 bytes", chunked("1;" + String(repeating: "a", count: 255) + "\r\na\r\n0\r\n\r\n"), 400),
        Case("a chunk line without end", chunked(String(repeating: "0", count: 5000)), 400),
        Case("no size", chunked("\r\na\r\n0\r\n\r\n"), 400),
        Case("a size that is no number", chunked("x\r\na\r\n0\r\n\r\n"), 400),
        Case("a size with a sign", chunked("+1\r\na\r\n0\r\n\r\n"), 400),
        Case("a size with 0x", chunked("0x1\r\na\r\n0\r\n\r\n"), 400),
        Case("a size that overflows", chunked("FFFFFFFFFFFFFFFF1\r\na\r\n0\r\n\r\n"), 400),
        Case("a size of 2^64 - 1", chunked("FFFFFFFFFFFFFFFF\r\na\r\n0\r\n\r\n"), 400),
        Case("a space before the size", chunked(" 1\r\na\r\n0\r\n\r\n"), 400),
        Case("a space after the size", chunked("1 \r\na\r\n0\r\n\r\n"), 400),
        Case("a bare LF after the size", chunked("1\na\r\n0\r\n\r\n"), 400),
        Case("a bare CR in an extension", chunked("1;a\rb\r\na\r\n0\r\n\r\n"), 400),
        Case("NUL in an extension", chunked("1;\u{0}\r\na\r\n0\r\n\r\n"), 400),
        Case("a chunk longer than its size", chunked("1\r\nab\r\n0\r\n\r\n"), 400),
        Case("a chunk that ends in LF", chunked("1\r\na\n0\r\n\r\n"), 400),
        Case("a trailer that is no field", chunked("0\r\nnonsense\r\n\r\n"), 400),
        Case("a folded trailer", chunked("0\r\nA: a\r\n b\r\n\r\n"), 400),
        Case("a trailer of 40 KB", chunked("0\r\nA: \(long)\r\n\r\n"), 400),
        Case("a trailer without end", chunked("0\r\nA: \(long)"), 400),
        Case("101 trailers", chunked("0\r\n" + (0..<101).map { "A\($0): 1\r\n" }.joined() + "\r\n"), 400),
        Case("more than the limit", post("Content-Length: 17000000", "a"), 413),
        Case(
            "more chunks than the limit",
            chunked(String(repeating: "100000\r\n" + String(repeating: "a", count: 1 << 20) + "\r\n", count: 17)), 413),
    ]

    @Test(arguments: bodies)
    func bodyIsRefused(_ malformed: Case) async throws {
        try await RunningServer.with { server async throws in
            let text = try await server.exchange(malformed.bytes + "GET /second HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(RawResponse.parse(text).map(\.status) == [malformed.status], "\(text)")
            #expect(RawResponse.parse(text).first?["connection"] == "close")
            #expect(server.calls.all == ["/echo"])
        }
    }

    @Test(arguments: [
        post("Content-Length: 10", "12345"), chunked("A\r\n12345"), chunked("5\r\n12345\r\n"), chunked("0\r\n"),
    ])
    func bodyThatIsCutShort(_ bytes: String) async throws {
        try await RunningServer.with { server async throws in
            let text = try await server.exchange(bytes, thenFinish: true)
            #expect(RawResponse.parse(text).map(\.status) == [400], "\(text)")
            #expect(text.contains("cut short"))
        }
    }

    // At each limit exactly, and what a strict server could think is wrong but is not.
    static let good = [
        Case(
            "a request line of 8 KiB",
            "GET /?" + String(repeating: "a", count: 8192 - 15) + " HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        Case("100 fields", get((0..<98).map { "A\($0): 1" }.joined(separator: "\r\n") + "\r\nConnection: close"), 200),
        Case("an empty line before", "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        Case("a later minor version", "GET / HTTP/1.2\r\nHost: x\r\n\r\n", 200),
        Case("absolute form", "GET http://example.org/ HTTP/1.1\r\nHost: other\r\n\r\n", 200),
        Case("absolute form without path", "GET http://example.org HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        Case("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 200),
        Case("an IPv6 Host", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 200),
        Case("no blank after the colon", "GET / HTTP/1.1\r\nHost:x\r\nA:b\r\n\r\n", 200),
        Case("tabs around a value", get("A:\t b \t"), 200),
        Case("an empty value", get("A:"), 200),
        Case("bytes above ASCII in a value", get("A: äöü"), 200),
        Case("a body of GET", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 200),
        Case("chunked in capitals", post("Transfer-Encoding: CHUNKED", "1\r\na\r\n0\r\n\r\n"), 200),
        Case("extensions and trailers", chunked("1;a=b;c=\"d e\"\r\na\r\n0;x\r\nA: b\r\nB: c\r\n\r\n"), 200),
        Case("a size with zeros before", chunked("0001\r\na\r\n000\r\n\r\n"), 200),
        Case(
            "a chunk line of 256 bytes", chunked("1;" + String(repeating: "a", count: 254) + "\r\na\r\n0\r\n\r\n"), 200),
        Case("a length with zeros before", post("Content-Length: 0001", "a"), 200),
    ]

    @Test(arguments: good)
    func isAccepted(_ request: Case) async throws {
        try await RunningServer.with { server async throws in
            let text = try await server.exchange(request.bytes, thenFinish: true)
            #expect(RawResponse.parse(text).map(\.status) == [request.status], "\(text)")
        }
    }
}

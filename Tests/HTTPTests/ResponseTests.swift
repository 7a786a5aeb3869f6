import Foundation
import HTTP
import HTTPTestSupport
import HTTPTypes
import TestSupport
import Testing

struct ResponseTests {
    private static let text = String(repeating: "All work and no play. ", count: 200)

    // A value that would begin a new line is refused where it is set, and harmless where it is not asked.
    @Test func headersCannotBeInjected() async throws {
        for value in ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\u{0}b"] {
            var response = Response()
            #expect(throws: Response.InvalidFieldValue.self) { try response.set(.location, to: value) }
            #expect(throws: Never.self) { try response.set(.location, to: "/fine") }
        }
        try await RunningServer.with(routes: { router in
            router.get("/evil") { _ in
                Response(headers: [.location: "a\r\nX-Evil: 1"], body: .bytes([]))
            }
            router.get("/framing") { _ in
                Response(
                    headers: [.contentLength: "99", .transferEncoding: "chunked", .connection: "keep-alive"],
                    body: .bytes([97]))
            }
        }) { server async throws in
            let evil = try await server.ask("GET /evil")
            #expect(evil["x-evil"] == nil && evil["location"]?.contains("\n") == false)
            let framing = try await server.ask("GET /framing")
            #expect(framing["content-length"] == "1" && framing["transfer-encoding"] == nil)
            #expect(framing["connection"] == "close")
        }
    }

    @Test(arguments: [204, 304])
    func statusesWithoutBody(code: Int) async throws {
        try await RunningServer.with(routes: { router in
            router.get("/none") { _ in Response(status: .init(code: code), body: .bytes([97, 98])) }
        }) { server async throws in
            let text = try await server.exchange(
                "GET /none HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let responses = RawResponse.parse(text)
            #expect(responses.map(\.status) == [code, 200] && responses[0]["content-length"] == nil)
        }
    }

    // The published layout of an event stream (WHATWG HTML, 9.2.6).
    @Test func events() async throws {
        let gate = AsyncStream.makeStream(of: Void.self)
        try await RunningServer.with(routes: { router in
            router.get("/events") { request in
                .events(heartbeat: .milliseconds(50)) { stream in
                    let last = request.headers[.lastEventID] ?? "none"
                    try await stream.send(ServerSentEvent(id: "1", event: "state", data: last))
                    try await stream.send(ServerSentEvent(data: "two\nlines\r\nor\rfour"))
                    try await stream.send(ServerSentEvent(id: "a\nb", event: "c\r\nd", data: ""))
                    for await _ in gate.stream { break }
                }
            }
        }) { server async throws in
            let client = try server.connect()
            try await client.send("GET /events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 7\r\nConnection: close\r\n\r\n")
            // Heartbeats come for as long as nothing ends the stream, whatever else is sent before, between or after them.
            let begun = try await client.receive(until: "3\r\n:\n\n\r\n3\r\n:\n\n\r\n")
            gate.continuation.yield()
            let response = try #require(RawResponse.parse(begun + (try await client.receive())).first)
            #expect(response["content-type"] == "text/event-stream" && response["x-accel-buffering"] == "no")
            #expect(response["cache-control"] == "no-store")
            let expected =
                "retry: 2000\n\nid: 1\nevent: state\ndata: 7\n\ndata: two\ndata: lines\ndata: or\ndata: four\n\n"
                + "id: a b\nevent: c  d\ndata: \n\n"
            #expect(response.body.replacing(":\n\n", with: "") == expected)
        }
    }

    // The body of gunzip, of the system's own program.
    @Test func gzip() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Data(Self.text.utf8), to: "file.txt")
        let path = folder.url.appendingPathComponent("file.txt").path
        try await RunningServer.with(routes: { router in
            router.add(CompressionMiddleware())
            router.get("/text") { _ in .text(Self.text) }
            router.get("/short") { _ in .text("short") }
            router.get("/file") { try await .file(path, for: $0, entityTag: "abc") }
            router.get("/binary") { _ in
                Response(headers: [.contentType: "image/png"], body: .bytes(Array(Self.text.utf8)))
            }
            router.get("/live") { _ in
                Response(headers: [.contentType: "text/plain"], body: .stream { try await $0.write(Self.text) })
            }
        }) { server async throws in
            for target in ["/text", "/file"] {
                let zipped = try await fetch(server, target, "gzip, deflate")
                #expect(zipped.fields["content-encoding"] == "gzip")
                #expect(zipped.body.count < 1000)
                #expect(try gunzip(zipped.body) == Self.text)
                #expect(zipped.fields["vary"] == "Accept-Encoding")
                for accepted in ["", "identity", "gzip;q=0", "br", "*;q=0"] {
                    let plain = try await fetch(server, target, accepted)
                    #expect(plain.fields["content-encoding"] == nil && plain.body == Data(Self.text.utf8))
                    #expect(plain.fields["vary"] == "Accept-Encoding")
                }
            }
            for target in ["/short", "/binary", "/live"] {
                #expect(try await fetch(server, target, "gzip").fields["content-encoding"] == nil)
            }
            #expect(try await fetch(server, "/text", "x;q=1, *").fields["content-encoding"] == "gzip")
            // Compressed it is another representation, with another tag, which also names it in a condition.
            #expect(try await fetch(server, "/file", "gzip").fields["etag"] == "\"abc-gzip\"")
            let again = try await server.ask("GET /file", ["Accept-Encoding: gzip", "If-None-Match: \"abc-gzip\""])
            #expect(again.status == 304)
            let part = try await server.ask("GET /file", ["Accept-Encoding: gzip", "Range: bytes=0-2"])
            #expect(part.status == 206 && part.body == "All" && part["content-encoding"] == nil)
        }
    }

    private func fetch(
        _ server: RunningServer, _ target: String, _ encoding: String
    ) async throws -> (fields: [String: String], body: Data) {
        let client = try server.connect()
        try await client.send(
            "GET \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: \(encoding)\r\n\r\n")
        let bytes = try await client.receiveBytes()
        let end = try #require(bytes.firstRange(of: Array("\r\n\r\n".utf8)))
        let head = try #require(RawResponse.parse(String(decoding: bytes[..<end.upperBound], as: UTF8.self)).first)
        let fields = Dictionary(head.fields.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        var body = Data(bytes[end.upperBound...])
        if fields["transfer-encoding"] == "chunked" { body = try unchunked(body) }
        return (fields, body)
    }

    private func unchunked(_ chunks: Data) throws -> Data {
        var (rest, body) = (Array(chunks)[...], Data())
        while true {
            let line = try #require(rest.firstRange(of: Array("\r\n".utf8)))
            let size = try #require(Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16))
            if size == 0 { return body }
            body += rest[line.upperBound..<line.upperBound + size]
            rest = rest[(line.upperBound + size + 2)...]
        }
    }

    private func gunzip(_ data: Data) throws -> String {
        let folder = try TemporaryFolder()
        try folder.write(data, to: "a.gz")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/gunzip")
        process.arguments = [folder.url.appendingPathComponent("a.gz").path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: try Data(contentsOf: folder.url.appendingPathComponent("a")), as: UTF8.self)
    }
}

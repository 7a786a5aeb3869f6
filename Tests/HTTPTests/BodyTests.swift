import Crypto
import Foundation
import HTTP
import HTTPTestSupport
import Synchronization
import TestSupport
import Testing

/// Bodies as they are read, and forms.
struct BodyTests {
    // Large chunks, whatever the network makes of them.
    @Test func chunksAreLarge() async throws {
        let sizes = Mutex<[Int]>([])
        try await RunningServer.with(routes: { router in
            router.post("/sizes", bodyLimit: .max) { request in
                for try await chunk in request.body { sizes.withLock { $0.append(chunk.count) } }
                return .text("ok")
            }
        }) { server async throws in
            let body = String(repeating: "a", count: 300_000)
            for framing in [
                "Content-Length: 300000\r\n\r\n\(body)",
                "Transfer-Encoding: chunked\r\n\r\n"
                    + String(repeating: "3e8\r\n\(body.prefix(1000))\r\n", count: 300) + "0\r\n\r\n",
            ] {
                sizes.withLock { $0 = [] }
                let client = try server.connect()
                try await client.send("POST /sizes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + framing)
                _ = try await client.receive()
                #expect(sizes.withLock { $0 } == [65_536, 65_536, 65_536, 65_536, 37_856])
            }
        }
    }

    // What a client says that it will send costs nothing yet.
    @Test func announcedLengths() async throws {
        try await RunningServer.with(
            configure: { $0.deadlines.minimumBodyRate = 0 },
            routes: { router in
                router.post("/collect", bodyLimit: .max) { request in
                    .text("\(try await request.body.collect().count)")
                }
            }
        ) { server async throws in
            for length in [1 << 40, Int.max] {
                let text = try await server.exchange(
                    "POST /collect HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\nabc", thenFinish: true)
                #expect(RawResponse.parse(text).map(\.status) == [400])
            }
        }
    }

    // MARK: multipart/form-data

    private func parts(_ body: String, type: String = "multipart/form-data; boundary=XX") async throws -> RawResponse {
        let response = Mutex<RawResponse?>(nil)
        try await RunningServer.with(routes: { router in
            router.post("/parts") { request in
                var reader = try MultipartReader(request)
                var lines: [String] = []
                while let part = try await reader.nextPart() {
                    var content: [UInt8] = []
                    if part.name != "skip" { while let piece = try await reader.read() { content += piece } }
                    let text = String(decoding: content, as: UTF8.self)
                    lines.append("\(part.name)|\(part.filename ?? "-")|\(part.contentType ?? "-")|\(text)")
                }
                return .text(lines.joined(separator: "\n"))
            }
        }) { server async throws in
            let fields = ["Content-Type: \(type)", "Content-Length: \(body.utf8.count)"]
            let answer = try await server.ask("POST /parts", fields, body: body)
            response.withLock { $0 = answer }
        }
        return try #require(response.withLock { $0 })
    }

    private static func part(_ name: String, _ content: String, _ more: String = "") -> String {
        "--XX\r\nContent-Disposition: form-data; name=\"\(name)\"\(more)\r\n\r\n\(content)\r\n"
    }

    @Test func forms() async throws {
        let file = "; filename=\"a \\\"b\\\" ü.jpg\"\r\nContent-Type: image/jpeg"
        for (body, expected) in [
            (Self.part("a", "1") + "--XX--\r\n", "a|-|-|1"),
            (Self.part("a", "1") + Self.part("b", "2", file) + "--XX--", "a|-|-|1\nb|a \"b\" ü.jpg|image/jpeg|2"),
            ("preamble\r\n" + Self.part("a", "") + "--XX--\r\nepilogue --XX", "a|-|-|"),
            // What looks like a boundary and is none; an empty part between; blanks after a boundary.
            (
                Self.part("a", "-XX\r--X\r\n--X\r\n-") + "--XX  \t\r\n" + Self.part("b", "x").dropFirst(5) + "--XX--",
                "a|-|-|-XX\r--X\r\n--X\r\n-\nb|-|-|x"
            ),
            (Self.part("skip", "1234567890") + Self.part("b", "2") + "--XX--", "skip|-|-|\nb|-|-|2"),
            // A part that ends with its header.
            ("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n--XX--", "a|-|-|"),
            ("--XX--", ""),
            // A backslash in a name is a backslash, also at its end.
            (Self.part("a", "1", "; filename=\"b\\c.jpg\"") + "--XX--", "a|b\\c.jpg|-|1"),
            (Self.part("a", "1", "; filename=\"b\\\"") + "--XX--", "a|b\\|-|1"),
        ] {
            let response = try await parts(body)
            #expect(response.status == 200 && response.body == expected, "\(response.body)")
        }
        let quoted = try await parts(
            Self.part("a", "1").replacing("--XX", with: "--X X:1") + "--X X:1--",
            type: "Multipart/Form-Data; charset=utf-8; Boundary=\"X X:1\"")
        #expect(quoted.body == "a|-|-|1")
    }

    @Test(arguments: [
        "", "--XX", "--XX\r\n", "no boundary at all", part("a", "1"), part("a", "1") + "--XX",
        "--XX\r\n\r\nno disposition\r\n--XX--", "--XX\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--XX--",
        "--XX\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--XX--", "--XX\r\nnonsense\r\n\r\n1\r\n--XX--",
        "--XX\r\nA: \(String(repeating: "a", count: 9000))\r\n\r\n1\r\n--XX--", "--XXa\r\n\r\n1\r\n--XX--",
        "--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--XX--",
    ])
    func formsThatAreNone(_ body: String) async throws {
        #expect(try await parts(body).status == 400)
    }

    @Test(arguments: [
        "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=XX",
    ])
    func otherTypes(_ type: String) async throws {
        #expect(try await parts("--XX--", type: type).status == 415)
    }

    // Pieces of any size, and a content of many chunks with near-boundaries in it.
    @Test func longForms() async throws {
        let content = String(repeating: "\r\n--X\r\n--XY-\r\n", count: 20_000)
        let response = try await parts(Self.part("a", content) + Self.part("b", content) + "--XX--")
        let expected = ["a", "b"].map { "\($0)|-|-|\(content)" }.joined(separator: "\n")
        #expect(response.body == expected)
    }
}

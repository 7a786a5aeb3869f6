import Foundation
import HTTP
import HTTPTestSupport
import TestSupport
import Testing

/// Files: validators, conditions, ranges. Expected values follow RFC 9110, 13 and 14.
struct FileTests {
    private static let content = (0..<100).map { String($0 % 10) }.joined()

    private func with(_ body: (RunningServer, String) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        try folder.write(Data(Self.content.utf8), to: "file.bin")
        let path = folder.url.appendingPathComponent("file.bin").path
        try await RunningServer.with(routes: { router in
            router.get("/file") { try await .file(path, for: $0, cacheControl: "no-cache") }
            router.get("/digest") { try await .file(path, for: $0, contentType: "text/x", entityTag: "abc") }
            router.get("/none") { try await .file(path + "x", for: $0) }
            router.get("/folder") { try await .file(folder.url.path, for: $0) }
        }) { try await body($0, path) }
    }

    @Test func whole() async throws {
        try await with { server, path async throws in
            let response = try await server.ask("GET /file")
            #expect(response.status == 200 && response.body == Self.content)
            #expect(response["content-length"] == "100" && response["accept-ranges"] == "bytes")
            #expect(response["content-type"] == "application/octet-stream" && response["cache-control"] == "no-cache")
            #expect(response["etag"]?.hasPrefix("\"") == true)
            let digest = try await server.ask("GET /digest")
            #expect(digest["etag"] == "\"abc\"" && digest["content-type"] == "text/x")
            let head = try await server.ask("HEAD /file")
            #expect(head["content-length"] == "100" && head.body.isEmpty)
            #expect(try await server.ask("GET /none").status == 404)
            #expect(try await server.ask("GET /folder").status == 404)
            // Another content has another tag.
            try Data("changed".utf8).write(to: URL(fileURLWithPath: path))
            #expect(try await server.ask("GET /file")["etag"] != response["etag"])
        }
    }

    @Test(arguments: [
        ("\"abc\"", 304), ("W/\"abc\"", 304), ("\"x\", \"abc\"", 304), ("*", 304), ("\"x\"", 200), ("abc", 200),
        ("\"x,\"abc\"", 200),
    ])
    func ifNoneMatch(_ tags: String, _ status: Int) async throws {
        try await with { server, _ async throws in
            let response = try await server.ask("GET /digest", ["If-None-Match: \(tags)"])
            #expect(response.status == status)
            if status == 304 { #expect(response.body.isEmpty && response["etag"] == "\"abc\"") }
        }
    }

    @Test(arguments: [
        ("If-Match: \"abc\"", 200), ("If-Match: *", 200), ("If-Match: \"x\", \"abc\"", 200), ("If-Match: \"x\"", 412),
        ("If-Match: W/\"abc\"", 412), ("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT", 412),
        ("If-Unmodified-Since: Sun, 06 Nov 2094 08:49:37 GMT", 200), ("If-Unmodified-Since: never", 200),
    ])
    func preconditions(_ field: String, _ status: Int) async throws {
        try await with { server, _ async throws in
            #expect(try await server.ask("GET /digest", [field]).status == status)
        }
    }

    @Test func ifModifiedSince() async throws {
        try await with { server, path async throws in
            // 6 November 1994, 08:49:37, in the three forms of RFC 9110, 5.6.7.
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 784_111_777)], ofItemAtPath: path)
            let forms = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
            #expect(try await server.ask("GET /file")["last-modified"] == forms[0])
            for form in forms {
                #expect(try await server.ask("GET /file", ["If-Modified-Since: \(form)"]).status == 304)
            }
            for (value, status) in [
                ("Sun, 06 Nov 1994 08:49:36 GMT", 200), ("Sun, 06 Nov 2094 08:49:37 GMT", 304), ("yesterday", 200),
                ("Sun, 99 Nov 1994 08:49:37 GMT", 200),
            ] { #expect(try await server.ask("GET /file", ["If-Modified-Since: \(value)"]).status == status) }
            // The tag counts where both are there.
            let both = ["If-None-Match: \"x\"", "If-Modified-Since: \(forms[0])"]
            #expect(try await server.ask("GET /file", both).status == 200)
        }
    }

    @Test(arguments: [
        ("bytes=0-9", 206, "bytes 0-9/100", "0123456789"), ("bytes=95-", 206, "bytes 95-99/100", "56789"),
        ("bytes=-3", 206, "bytes 97-99/100", "789"), ("bytes=98-200", 206, "bytes 98-99/100", "89"),
        ("bytes=-500", 206, "bytes 0-99/100", content), ("Bytes=5-5", 206, "bytes 5-5/100", "5"),
        ("bytes=99-99999999999999999999999", 206, "bytes 99-99/100", "9"),
        ("bytes=100-", 416, "bytes */100", ""), ("bytes=-0", 416, "bytes */100", ""),
        ("bytes=99999999999999999999999-", 416, "bytes */100", ""),
        // Not understood, or several: the whole.
        ("bytes=5-4", 200, "", content), ("bytes=0-1,4-5", 200, "", content), ("bytes=", 200, "", content),
        ("bytes=-", 200, "", content), ("bytes=a-b", 200, "", content), ("lines=0-9", 200, "", content),
        ("bytes=+1-2", 200, "", content),
    ])
    func ranges(_ range: String, _ status: Int, _ contentRange: String, _ body: String) async throws {
        try await with { server, _ async throws in
            let response = try await server.ask("GET /file", ["Range: \(range)"])
            #expect(response.status == status && response["content-range"] ?? "" == contentRange)
            if status != 416 { #expect(response.body == body) }
        }
    }

    @Test func ifRange() async throws {
        try await with { server, _ async throws in
            let modified = try #require(try await server.ask("GET /digest")["last-modified"])
            for (condition, status) in [
                ("\"abc\"", 206), ("\"x\"", 200), ("W/\"abc\"", 200), (modified, 206),
                ("Sun, 06 Nov 1994 08:49:37 GMT", 200),
            ] {
                let response = try await server.ask("GET /digest", ["Range: bytes=0-0", "If-Range: \(condition)"])
                #expect(response.status == status, "\(condition)")
            }
        }
    }
}

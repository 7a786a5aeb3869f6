import Fetch
import Foundation
import Testing
import Workers

/// What comes back from servers that do as they should, and from those that do not.
struct FetcherTests {
    private static func ok(_ body: String, _ fields: String...) -> String {
        (["HTTP/1.1 200 OK"] + fields + ["", body]).joined(separator: "\r\n")
    }

    @Test func file() async throws {
        let body = String(repeating: "0123456789", count: 10_000)
        let server = try TinyServer(Self.ok(body, "Content-Length: 100000", "Content-Type: application/zip"))
        let download = try await Download.of(server, "/a/photos.zip?b=c#d")
        let file = try download.result.get()
        #expect(file.url == server.url("/a/photos.zip?b=c"))
        #expect(file.contentType == "application/zip")
        #expect(file.length == 100_000 && download.body == body)
        #expect(download.progress.count > 1)
        #expect(download.progress.last == Download.Progress(received: 100_000, total: 100_000))
        #expect(download.progress.map(\.received) == download.progress.map(\.received).sorted())

        let request = try #require(server.requests.first)
        #expect(server.requests.count == 1 && request.hasPrefix("GET /a/photos.zip?b=c HTTP/1.1\r\n"))
        #expect(
            request.contains("\r\nAccept-Encoding: identity\r\n") && request.contains("\r\nUser-Agent: regraft\r\n"))
        for absent in ["Cookie", "Authorization", "Range", "Proxy-"] { #expect(!request.contains(absent)) }
    }

    // Without a length, in chunks, empty, and with a coding that is the file's own.
    @Test(
        arguments: [
            (ok("abc", "Connection: close"), "abc", nil), (ok("", "Content-Length: 0"), "", nil),
            (ok("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "Transfer-Encoding: chunked"), "abcde", nil),
            (ok("abc", "Content-Length: 3", "Content-Encoding: gzip"), "abc", 3),
            ("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ok("abc", "Content-Length: 3"), "abc", 3),
        ] as [(String, String, Int?)])
    func bodies(_ answer: String, _ body: String, _ total: Int?) async throws {
        let download = try await Download.of(TinyServer(answer))
        #expect(try download.result.get().length == body.utf8.count)
        #expect(download.body == body && download.progress.last?.total == total)
    }

    @Test(arguments: [
        (404, FetchError.Code.notFound), (410, .notFound), (401, .badStatus), (403, .badStatus), (500, .badStatus),
        (503, .badStatus), (201, .badStatus), (204, .badStatus), (206, .badStatus), (304, .badStatus),
        (300, .badStatus),
        (407, .badStatus), (101, .badStatus),
    ])
    func statuses(_ status: Int, _ code: FetchError.Code) async throws {
        let server = try TinyServer("HTTP/1.1 \(status) X\r\nContent-Length: 6\r\n\r\nsecret")
        let download = try await Download.of(server)
        #expect(download.error?.code == code && download.error?.status == status)
        #expect(download.error?.message.contains("\(status)") == true)
        #expect(download.body.isEmpty, "what is not the file reaches the sink")
    }

    // Cut short; nothing at all; no HTTP.
    @Test(arguments: [
        (ok("abc", "Content-Length: 10"), FetchError.Code.incomplete),
        (ok("5\r\nabc", "Transfer-Encoding: chunked"), .incomplete),
        (ok("3\r\nabc\r\n", "Transfer-Encoding: chunked"), .incomplete), ("", .connectionFailed),
        ("SSH-2.0-OpenSSH_9.2\r\n", .connectionFailed), ("HTTP/1.1 200 OK\r\nContent-Le", .connectionFailed),
        (ok("x\r\nabc\r\n", "Transfer-Encoding: chunked"), .incomplete),
    ])
    func brokenAnswers(_ answer: String, _ code: FetchError.Code) async throws {
        let download = try await Download.of(TinyServer(answer))
        #expect(download.error?.code == code, "\(download.error?.message ?? "\(download.result)")")
    }

    @Test func sinkThrows() async throws {
        struct Full: Error {}
        let server = try TinyServer(Self.ok(String(repeating: "x", count: 100_000), "Content-Length: 100000"))
        let download = try await Download.of(server, piece: { if $0 > 20_000 { throw Full() } })
        #expect(throws: Full.self) { try download.result.get() }
    }

    @Test func unknownHostAndClosedPort() async throws {
        let unknown = try await Download.of("http://no-such-host.invalid/")
        #expect(unknown.error?.code == .connectionFailed)
        #expect(unknown.error?.message.contains("no-such-host.invalid") == true)
        // A port that was free a moment ago.
        var url = ""
        do { url = try TinyServer("").url() }
        #expect(try await Download.of(url).error?.code == .connectionFailed)
    }

    // Proxies, password files and authorities of the environment are for other programs. In a process of its own, since
    // there is one environment for all tests.
    @Test func environment() async {
        await #expect(processExitsWith: .success) {
            let home = FileManager.default.temporaryDirectory.appendingPathComponent(
                "regraft-home-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: home) }
            try Data("default login user password secret\n".utf8).write(to: home.appendingPathComponent(".netrc"))
            setenv("HOME", home.path, 1)
            // Port 9 of this machine, where nobody answers.
            for name in ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
                setenv(name, "http://127.0.0.1:9", 1)
            }
            let server = try TinyServer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
            let download = try await Download.of(server)
            guard try download.result.get().length == 3, server.requests.count == 1,
                !server.requests[0].contains("Authorization"), server.requests[0].hasPrefix("GET /photos.zip ")
            else { exit(1) }
        }
    }

    @Test func manyAtOnce() async throws {
        let server = try TinyServer { $0.send("HTTP/1.1 200 OK\r\n\r\n\($0.request.prefix { !$0.isNewline })") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<16 {
                group.addTask {
                    let download = try await Download.of(server, "/\(number)")
                    #expect(download.body == "GET /\(number) HTTP/1.1")
                }
            }
            try await group.waitForAll()
        }
    }
}

import Fetch
import Testing

struct RedirectTests {
    /// `/N` redirects to `/N-1` by `status`, and `/0` is the file.
    private static func countdown(_ status: Int = 302) throws -> TinyServer {
        try TinyServer { peer in
            let number = Int(peer.request.dropFirst(5).prefix { $0.isNumber }) ?? 0
            if number == 0 {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
            } else {
                peer.send("HTTP/1.1 \(status) X\r\nLocation: /\(number - 1)\r\nContent-Length: 4\r\n\r\nhtml")
            }
        }
    }

    private static func redirect(to location: String) throws -> TinyServer {
        try TinyServer("HTTP/1.1 302 Found\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n")
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func refusedUnlessAllowed(_ status: Int) async throws {
        let server = try Self.countdown(status)
        let download = try await Download.of(server, "/1")
        #expect(download.error?.code == .redirectRefused && download.error?.status == status)
        #expect(download.error?.message.contains(server.url("/0")) == true)
        #expect(download.body.isEmpty && server.requests.count == 1)
    }

    @Test(arguments: [(1, 1, true), (3, 3, true), (4, 3, false), (2, 1, false)])
    func followedSoOften(_ redirects: Int, _ limit: Int, _ succeeds: Bool) async throws {
        let server = try Self.countdown()
        let download = try await Download.of(server, "/\(redirects)", configure: { $0.maximumRedirects = limit })
        if succeeds {
            #expect(try download.result.get().url == server.url("/0"))
            #expect(download.body == "abc" && download.progress == [.init(received: 3, total: 3)])
        } else {
            #expect(download.error?.code == .redirectRefused && server.requests.count == limit + 1)
        }
    }

    // The address is judged again, and so is the URL; the second server's is not among those allowed.
    @Test func toLoopback() async throws {
        let inner = try TinyServer("HTTP/1.1 200 OK\r\n\r\nsecret")
        for host in ["127.0.0.2", "[::ffff:127.0.0.2]", "2130706434"] {
            let outer = try Self.redirect(to: inner.url(host: host))
            let download = try await Download.of(outer, configure: { $0.maximumRedirects = 5 })
            #expect(download.error?.code == .addressRefused && inner.requests.isEmpty)
        }
    }

    @Test(arguments: [
        "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://user:secret@127.0.0.1/", "http://",
    ])
    func toWhatIsNoURL(_ location: String) async throws {
        for limit in [0, 5] {
            let download = try await Download.of(
                Self.redirect(to: location), configure: { $0.maximumRedirects = limit })
            #expect(download.error?.code == .redirectRefused && download.body.isEmpty)
            #expect(download.error?.message.contains("secret") == false)
        }
    }

    // Interim responses' fields are not the response's; of two fields the first counts; other statuses name it too.
    @Test(arguments: [
        ("HTTP/1.1 103 X\r\nLocation: /no\r\n\r\nHTTP/1.1 302 X\r\nLocation: /yes\r\n\r\n", "/yes"),
        ("HTTP/1.1 302 X\r\nlocation:/yes\r\nLocation: /no\r\n\r\n", "/yes"),
        ("HTTP/1.1 300 X\r\nLocation: \t/yes  \r\n\r\n", "/yes"),
    ])
    func location(_ answer: String, _ path: String) async throws {
        let server = try TinyServer(answer)
        let error = try await Download.of(server).error
        #expect(error?.code == .redirectRefused && error?.message.contains("\(server.url(path)) ") == true)
    }

    @Test func withoutEnd() async throws {
        let server = try Self.redirect(to: "/again")
        let download = try await Download.of(server, configure: { $0.maximumRedirects = 20 })
        #expect(download.error?.code == .redirectRefused && server.requests.count == 21)
    }
}

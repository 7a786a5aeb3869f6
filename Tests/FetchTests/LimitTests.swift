import Fetch
import Foundation
import Testing
import Workers

/// Servers that send too much, too slowly or not at all.
struct LimitTests {
    // One byte more than the limit and as much as it, announced or not; nothing beyond the limit reaches the sink.
    @Test(arguments: [
        ("Content-Length: 1001", 1001, true), ("Content-Length: 1000", 1000, false), ("Connection: close", 1001, true),
        ("Connection: close", 1000, false), ("Connection: close", 1_000_000, true),
        ("Content-Length: 99999999999999", 10, true),
    ])
    func bytes(_ field: String, _ count: Int, _ isTooLarge: Bool) async throws {
        let server = try TinyServer("HTTP/1.1 200 OK\r\n\(field)\r\n\r\n\(String(repeating: "x", count: count))")
        let download = try await Download.of(server, configure: { $0.maximumBytes = 1000 })
        #expect((download.error?.code == .tooLarge) == isTooLarge)
        #expect(download.body.utf8.count <= 1000)
        if field.hasPrefix("Content-Length"), isTooLarge { #expect(download.body.isEmpty) }
        if !isTooLarge { #expect(try download.result.get().length == 1000) }
    }

    @Test func chunksBeyondTheLimit() async throws {
        let server = try TinyServer { peer in
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while peer.send("3e8\r\n\(String(repeating: "x", count: 1000))\r\n") {}
        }
        let download = try await Download.of(server, configure: { $0.maximumBytes = 100_000 })
        #expect(download.error?.code == .tooLarge && download.body.utf8.count <= 100_000)
    }

    // In many fields, in one, in interim responses, and after the body.
    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\n", "X: 0123456789\r\n"), ("HTTP/1.1 200 OK\r\nX: ", "0123456789"),
        ("", "HTTP/1.1 103 Early Hints\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", "X: 0123456789\r\n"),
    ])
    func headerWithoutEnd(_ start: String, _ rest: String) async throws {
        let server = try TinyServer { peer in
            peer.send(start)
            while peer.send(String(repeating: rest, count: 100)) {}
        }
        let download = try await Download.of(server, configure: { $0.maximumHeaderBytes = 20_000 })
        #expect(download.error != nil)
        if rest.hasSuffix("\n") { #expect(download.error?.code == .tooLarge) }
    }

    // Before the header, within it, and within the body.
    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"])
    func slow(_ start: String) async throws {
        let server = try TinyServer { peer in
            peer.send(start)
            peer.waitForEnd()
        }
        let download = try await Download.of(server, configure: { $0.lowSpeedPeriod = .seconds(1) })
        #expect(download.error?.code == .tooSlow, "\(download.result)")
    }

    @Test func longerThanAllowed() async throws {
        // Fast enough for the low-speed limit.
        let server = try TinyServer { peer in
            peer.send("HTTP/1.1 200 OK\r\n\r\n")
            while peer.send(String(repeating: "x", count: 10_000)) {}
        }
        let download = try await Download.of(server, configure: { $0.totalTimeout = .milliseconds(500) })
        #expect(download.error?.code == .timedOut && download.error?.message.contains("0.5 seconds") == true)
        #expect(!download.body.isEmpty)
    }

    // A listener that never accepts, with its queue full, leaves further connections without an answer; a TLS handshake
    // that nobody answers is the same to whoever waits for it.
    @Test func connectTimeout() async throws {
        let server = try TinyServer(speaksFirst: true) { $0.waitForEnd() }
        let download = try await Download.of(
            "https://127.0.0.1:\(server.port)/", configure: { $0.connectTimeout = .milliseconds(300) })
        #expect(download.error?.code == .timedOut && download.error?.message.contains("0.3 seconds") == true)
    }

    // While pieces come, and while none does: the last one has long come by then.
    @Test(arguments: [true, false])
    func cancelled(_ sends: Bool) async throws {
        let flag = CancellationFlag()
        let server = try TinyServer { peer in
            peer.send("HTTP/1.1 200 OK\r\n\r\nx")
            usleep(300_000)
            flag.cancel()
            while sends, peer.send(String(repeating: "x", count: 1000)) {}
            peer.waitForEnd()
        }
        let download = try await Download.of(server, cancellation: flag)
        // Had it not looked at the flag, the limit of the speed would have ended it, with another error.
        #expect(throws: CancellationError.self) { try download.result.get() }
    }

    @Test func cancelledBefore() async throws {
        let flag = CancellationFlag()
        flag.cancel()
        let server = try TinyServer("HTTP/1.1 200 OK\r\n\r\n")
        let download = try await Download.of(server, cancellation: flag)
        #expect(throws: CancellationError.self) { try download.result.get() }
        #expect(server.requests.isEmpty)
    }
}

import Foundation
import Glibc
import HTTP
import HTTPTestSupport
import Testing

struct LimitTests {
    // One more than the limit is told so; when one goes, the next is served.
    @Test func sixHundredConnectionsAtALimitOf512() async throws {
        try await RunningServer.with { server async throws in
            var clients: [RawClient] = []
            for _ in 0..<512 { clients.append(try server.connect()) }
            try await server.eventually("512 are connected") { server.server.connectionCount == 512 }
            for _ in 0..<88 {
                let text = try await server.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(RawResponse.parse(text).map(\.status) == [503] && text.contains("retry-after: 1"))
            }
            // Those that are in are served on.
            try await clients[511].send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await clients[511].receive(until: "Hello")
            clients.removeFirst(10)
            try await server.eventually("502 are left") { server.server.connectionCount == 502 }
            #expect(try await server.ask("GET /").body == "Hello")
        }
    }

    @Test func connectionsOfOnePeer() async throws {
        try await RunningServer.with(configure: { $0.limits.connectionsPerPeer = 2 }) { server async throws in
            let clients = [try server.connect(), try server.connect()]
            try await server.eventually("two are connected") { server.server.connectionCount == 2 }
            #expect(try await server.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").hasPrefix("HTTP/1.1 429 "))
            clients[0].finish()
            try await server.eventually("one is left") { server.server.connectionCount == 1 }
            #expect(try await server.ask("GET /").status == 200)
            withExtendedLifetime(clients) {}
        }
        // A trusted proxy stands for many.
        try await RunningServer.with(configure: {
            $0.limits.connectionsPerPeer = 2
            $0.trustedProxies = [AddressRange("127.0.0.0/8")!]
        }) { server async throws in
            let clients = try (0..<5).map { _ in try server.connect() }
            #expect(try await server.ask("GET /").status == 200)
            withExtendedLifetime(clients) {}
        }
    }

    // With no descriptor left the server waits, and goes on when one is free. In a process of its own, with its own limit.
    @Test func runningOutOfDescriptors() async throws {
        let process = Process()
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "ulimit -n 64; exec \"$0\"", program.appendingPathComponent("HTTPUnderTest").path]
        // On a busy machine the test itself may take longer than a client should.
        process.environment = ["CONNECTIONS": "1000", "HEADER_SECONDS": "600"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        defer { process.terminate() }
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let port = try #require(
            line.split(separator: ":").last.flatMap { UInt16($0.trimmingCharacters(in: .newlines)) })
        let address = SocketAddress(host: "127.0.0.1", port: port)!
        var clients: [RawClient] = []
        for _ in 0..<100 { clients.append(try RawClient(address)) }
        // Some are connected and some wait in the system's queue; the process neither ends nor spins.
        try await clients[0].send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try await clients[0].receive(until: "Hello")
        try await Task.sleep(for: .milliseconds(300))
        #expect(process.isRunning)
        try await clients[99].send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        let waiting = clients.removeLast()
        clients.removeAll()
        #expect(try await waiting.receive(until: "Hello").contains("200 OK"))
    }
}

import Foundation
import HTTP
import HTTPTestSupport
import Synchronization
import Testing

/// Clients that take their time. The clock is the test's, so that the deadlines are the real ones and nothing depends on
/// how fast the machine is.
struct DeadlineTests {
    private let clock = RunningServer.Clock()

    private func with(routes: (inout Router) -> Void = { _ in }, _ body: (RunningServer) async throws -> Void)
        async throws
    {
        // One loop, so that what has come first has been seen first.
        try await RunningServer.with(clock: clock, configure: { $0.eventLoops = 1 }, routes: routes, body)
    }

    /// Turns the clock forward, a little at a time, until a condition holds.
    private func advance(by step: Duration, until what: String, _ server: RunningServer, _ condition: () async -> Bool)
        async throws
    {
        try await server.eventually(what) {
            clock.advance(by: step)
            try? await Task.sleep(for: .milliseconds(100))
            return await condition()
        }
    }

    // However busily it is not ended: a byte every 9 s is not enough.
    @Test func aHeaderThatDoesNotEnd() async throws {
        try await with { server in
            let client = try server.connect()
            // Behind another request, whose answer says that this one has begun.
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost")
            _ = try await client.receive(until: "Hello")
            try await advance(by: .seconds(9), until: "408", server) {
                try? await client.send("a")
                return server.log.all.map(\.status) == [200, 408]
            }
            #expect(RawResponse.parse(try await client.receive()).map(\.status) == [408])
        }
    }

    // Whoever says nothing is not told anything: before the first request, and after one.
    @Test func silence() async throws {
        try await with { server in
            let (silent, idle) = (try server.connect(), try server.connect())
            try await idle.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await idle.receive(until: "Hello")
            #expect(server.server.connectionCount == 2)
            clock.advance(by: .seconds(11))
            #expect(try await silent.receive() == "")
            try await server.eventually("one is left") { server.server.connectionCount == 1 }
            clock.advance(by: .seconds(60))
            #expect(try await idle.receive() == "")
        }
    }

    // A byte every 9 s is not enough for a body.
    @Test(arguments: ["Content-Length: 100\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n64\r\n"])
    func aBodyThatDrips(_ head: String) async throws {
        try await with { server in
            let client = try server.connect()
            try await client.send("POST /echo HTTP/1.1\r\nHost: x\r\n" + head)
            try await server.eventually("the handler runs") { server.calls.all == ["/echo"] }
            try await advance(by: .seconds(9), until: "408", server) {
                try? await client.send("a")
                return server.log.all.map(\.status) == [408]
            }
            #expect(RawResponse.parse(try await client.receive()).map(\.status) == [408])
        }
    }

    // At more than 1 KiB/s a body may take as long as it does.
    @Test func aBodyThatIsSlowEnough() async throws {
        let received = Mutex(0)
        try await with(routes: { router in
            router.post("/count") { request in
                for try await chunk in request.body { received.withLock { $0 += chunk.count } }
                return .text("done")
            }
        }) { server in
            let client = try server.connect()
            try await client.send(
                "POST /count HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: \(10 * 65_536)\r\n\r\n")
            for number in 1...10 {
                try await client.send([UInt8](repeating: 97, count: 65_536))
                try await server.eventually("chunk \(number)") { received.withLock { $0 } == number * 65_536 }
                clock.advance(by: .seconds(60))
            }
            #expect(RawResponse.parse(try await client.receive()).map(\.body) == ["done"])
        }
    }

    // A handler that thinks before it reads does not use up the client's time.
    @Test func aHandlerThatIsSlow() async throws {
        let gate = AsyncStream.makeStream(of: Void.self)
        let hasBegun = Mutex(false)
        try await with(routes: { router in
            router.post("/late") { request in
                hasBegun.withLock { $0 = true }
                for await _ in gate.stream { break }
                return Response(body: .bytes(try await request.body.collect()))
            }
        }) { server in
            let client = try server.connect()
            try await client.send("POST /late HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\n")
            try await server.eventually("the handler runs") { hasBegun.withLock { $0 } }
            clock.advance(by: .seconds(5))
            try await client.send("ab")
            clock.advance(by: .seconds(600))
            // Deadlines are looked at meanwhile.
            try await Task.sleep(for: .milliseconds(200))
            gate.continuation.yield()
            try await client.send("c")
            #expect(RawResponse.parse(try await client.receive()).map(\.body) == ["abc"])
        }
    }

    /// A stream without end, and how much of it has been written and how it ended.
    private final class Endless: Sendable {
        let written = Atomic(0)
        let end = Mutex("")

        func add(to router: inout Router) {
            router.get("/endless") { _ in
                Response(
                    body: .stream { [self] writer in
                        do {
                            while true {
                                try await writer.write([UInt8](repeating: 97, count: 65_536))
                                written.add(65_536, ordering: .relaxed)
                            }
                        } catch {
                            end.withLock { $0 = "\(type(of: error))" }
                            throw error
                        }
                    })
            }
        }
    }

    // A client that reads nothing: the stream ends, and its producer hears of it.
    @Test func aClientThatReadsNothing() async throws {
        let endless = Endless()
        try await with(routes: { endless.add(to: &$0) }) { server in
            let client = try RawClient(server.address, receiveBuffer: 4096)
            try await client.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
            try await advance(by: .seconds(31), until: "the producer is told", server) {
                endless.end.withLock { $0 } == "ConnectionLost"
            }
            try await server.eventually("the connection is over") { server.server.connectionCount == 0 }
            withExtendedLifetime(client) {}
        }
    }

    // One that reads a little now and then is served for as long as it does.
    @Test func aClientThatReadsSlowly() async throws {
        let endless = Endless()
        try await with(routes: { endless.add(to: &$0) }) { server in
            let client = try RawClient(server.address, receiveBuffer: 4096)
            try await client.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
            for _ in 0..<5 {
                let before = endless.written.load(ordering: .relaxed)
                clock.advance(by: .seconds(20))
                try await server.eventually("more is written") {
                    _ = try? await client.receive(count: 500_000)
                    return endless.written.load(ordering: .relaxed) > before + 1_000_000
                }
            }
            #expect(endless.end.withLock { $0 } == "")
        }
    }
}

import Foundation
import HTTP
import Testing

/// Clients that take their time. The deadlines are set short, and what is tested is which one ends what.
struct DeadlineTests {
    private func with(
        _ set: (inout ServerConfiguration.Deadlines) -> Void, routes: (inout Router) -> Void = { _ in },
        _ body: (RunningServer) async throws -> Void
    ) async throws {
        try await RunningServer.with(configure: { set(&$0.deadlines) }, routes: routes, body)
    }

    @Test func aHeaderThatDoesNotEnd() async throws {
        try await with({ $0.header = .milliseconds(300) }) { server async throws in
            #expect(RawResponse.parse(try await server.exchange("GET / HTTP/1.1\r\nHost")).map(\.status) == [408])
            // However busily it is not ended.
            let client = try server.connect()
            try await client.send("GET / HTTP/1.1\r\n")
            let dripping = Task {
                while !Task.isCancelled {
                    try await client.send("a")
                    try await Task.sleep(for: .milliseconds(30))
                }
            }
            defer { dripping.cancel() }
            try await server.eventually("the second is logged") { server.log.all.map(\.status) == [408, 408] }
        }
    }

    // Whoever says nothing is not told anything.
    @Test func silence() async throws {
        try await with({ $0.header = .milliseconds(200) }) { server async throws in
            #expect(try await server.exchange("") == "")
        }
        try await with({ $0.idle = .milliseconds(200) }) { server async throws in
            let text = try await server.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(RawResponse.parse(text).map(\.body) == ["Hello"])
        }
    }

    // A byte now and then is not enough for a body.
    @Test func aBodyThatDrips() async throws {
        try await with({
            $0.bodyGrace = .milliseconds(300)
            $0.minimumBodyRate = 1000
        }) { server async throws in
            for head in ["Content-Length: 100\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n64\r\n"] {
                let client = try server.connect()
                try await client.send("POST /echo HTTP/1.1\r\nHost: x\r\n" + head)
                let dripping = Task {
                    while !Task.isCancelled {
                        try await client.send("a")
                        try await Task.sleep(for: .milliseconds(100))
                    }
                }
                defer { dripping.cancel() }
                #expect(RawResponse.parse(try await client.receive()).map(\.status) == [408])
            }
        }
    }

    // A body that comes at more than the least rate may take much longer than the grace.
    @Test func aBodyThatIsSlowEnough() async throws {
        try await with({
            $0.bodyGrace = .milliseconds(300)
            $0.minimumBodyRate = 1000
        }) { server async throws in
            let client = try server.connect()
            try await client.send("POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5000\r\n\r\n")
            for _ in 0..<10 {
                try await client.send(String(repeating: "a", count: 500))
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(RawResponse.parse(try await client.receive()).map(\.body.utf8.count) == [5000])
        }
    }

    // A handler that thinks before it reads does not use up the client's time.
    @Test func aHandlerThatIsSlow() async throws {
        try await with(
            { $0.bodyGrace = .milliseconds(200) },
            routes: { router in
                router.post("/late") { request in
                    try await Task.sleep(for: .milliseconds(600))
                    return Response(body: .bytes(try await request.body.collect()))
                }
            }
        ) { server async throws in
            let client = try server.connect()
            try await client.send("POST /late HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\n")
            try await Task.sleep(for: .milliseconds(650))
            try await client.send("abc")
            #expect(RawResponse.parse(try await client.receive()).map(\.body) == ["abc"])
        }
    }

    // A client that reads nothing: the stream ends, and its producer hears of it.
    @Test func aClientThatReadsNothing() async throws {
        let ended = AsyncStream.makeStream(of: String.self)
        try await with(
            { $0.writeStall = .milliseconds(300) },
            routes: { router in
                router.get("/endless") { _ in
                    Response(
                        body: .stream { writer in
                            do { while true { try await writer.write([UInt8](repeating: 0, count: 65_536)) } } catch {
                                ended.continuation.yield("\(type(of: error))")
                                throw error
                            }
                        })
                }
            }
        ) { server async throws in
            let client = try RawClient(server.address, receiveBuffer: 4096)
            try await client.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
            var iterator = ended.stream.makeAsyncIterator()
            #expect(await iterator.next() == "ConnectionLost")
            try await server.eventually("the connection is over") { server.server.connectionCount == 0 }
            // Fixed bodies too.
            withExtendedLifetime(client) {}
        }
    }

    // One that reads slowly, but reads, is served to the end.
    @Test func aClientThatReadsSlowly() async throws {
        let size = 3_000_000
        try await with(
            { $0.writeStall = .milliseconds(500) },
            routes: { router in
                router.get("/big") { _ in Response(body: .bytes([UInt8](repeating: 97, count: size))) }
            }
        ) { server async throws in
            let client = try RawClient(server.address, receiveBuffer: 4096)
            try await client.send("GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            try await Task.sleep(for: .milliseconds(300))
            #expect(RawResponse.parse(try await client.receive()).map(\.body.utf8.count) == [size])
        }
    }
}

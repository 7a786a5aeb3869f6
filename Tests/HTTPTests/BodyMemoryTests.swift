import HTTP
import HTTPTestSupport
import Testing

/// The memory that all bodies share.
struct BodyMemoryTests {
    private static func post(_ path: String, _ length: Int) -> String {
        "POST \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: \(length)\r\n\r\n"
    }

    private static func bytes(_ count: Int) -> String { String(repeating: "a", count: count) }

    @Test func refusesWhatDoesNotFitBesideTheBodiesOfOthers() async throws {
        let memory = BodyMemory(limit: 1_000_000, advice: "See the_setting.")
        try await RunningServer.with(
            configure: { $0.limits.body = 10_000_000 },
            routes: { router in
                router.add(BodyMemoryMiddleware(memory))
            }
        ) { server async throws in
            let first = try server.connect()
            try await first.send(Self.post("/echo", 700_000) + Self.bytes(600_000))
            try await server.eventually("it is in memory") { memory.used >= 500_000 }
            // With a length, before a byte of it is read; without, as soon as it is too much.
            let told = try await server.exchange(Self.post("/echo", 600_000))
            let chunked = "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            let grown = try await server.exchange(
                chunked + "\(String(600_000, radix: 16))\r\n\(Self.bytes(600_000))\r\n0\r\n\r\n")
            for answer in [told, grown] {
                let response = try #require(RawResponse.parse(answer).first)
                #expect(response.status == 503 && response["retry-after"] == "1")
                #expect(response.body.contains("See the_setting."))
            }
            // A small one fits, and what is answered is given back.
            #expect(try await server.exchange(Self.post("/echo", 5) + "small").hasSuffix("small"))
            try await first.send(Self.bytes(100_000))
            #expect(try await first.receive().hasSuffix("aaa"))
            try await server.eventually("it is given back") { memory.used == 0 }
            let again = try await server.exchange(Self.post("/echo", 700_000) + Self.bytes(700_000))
            #expect(RawResponse.parse(again).map(\.status) == [200])
            // What never fits is not to be tried again.
            let never = try await server.exchange(Self.post("/echo", 1_000_001))
            #expect(RawResponse.parse(never).map(\.status) == [413])
        }
    }

    // Whoever announces much and sends little keeps nobody out.
    @Test func countsWhatHasCome() async throws {
        let memory = BodyMemory(limit: 1_000_000)
        try await RunningServer.with(
            configure: { $0.limits.body = 10_000_000 },
            routes: { router in
                router.add(BodyMemoryMiddleware(memory))
            }
        ) { server async throws in
            let slow = try server.connect()
            try await slow.send(Self.post("/echo", 900_000) + Self.bytes(100))
            let other = try await server.exchange(Self.post("/echo", 900_000) + Self.bytes(900_000))
            #expect(RawResponse.parse(other).map(\.status) == [200])
            slow.reset()
            try await server.eventually("it is given back") { memory.used == 0 }
        }
    }
}

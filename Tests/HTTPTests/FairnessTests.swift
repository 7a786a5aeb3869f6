import HTTP
import HTTPTestSupport
import Testing

struct FairnessTests {
    private static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n" }

    // A client with a thousand requests at once never makes the server wait. Another one on the same loop, whose request
    // comes when the first of these is answered, gets its answer before the last of them.
    @Test func requestsWithoutAPause() async throws {
        let modest = Late()
        try await RunningServer.with(
            configure: { $0.eventLoops = 1 },
            routes: { router in
                router.get("/first") { _ in
                    modest.client?.sendNow(Array(Self.get("/second").utf8))
                    return .text("first")
                }
            }
        ) { server async throws in
            modest.client = try server.connect()
            try await modest.client?.send(Self.get("/"))
            _ = try await modest.client?.receive(until: "Hello")
            let greedy = Self.get("/first") + String(repeating: Self.get("/"), count: 1000)
            let text = try await server.exchange(greedy, thenFinish: true)
            #expect(RawResponse.parse(text).count == 1001)
            _ = try await modest.client?.receive(until: "second")
            #expect(server.calls.all.count == 1002 && server.calls.all.last == "/")
        }
    }

    /// `@unchecked Sendable`: set before any handler looks.
    private final class Late: @unchecked Sendable { var client: RawClient? }
}

import Foundation
import HTTP
import HTTPTestSupport
import Synchronization

/// A server on a free port, with routes that the tests need, for as long as a test runs.
struct RunningServer: Sendable {
    let address: SocketAddress
    /// Paths that a handler was called for.
    let calls: Calls
    let log: Log
    let server: Server
    let task: Task<Void, any Error>

    final class Calls: Sendable {
        private let paths = Mutex<[String]>([])
        var all: [String] { paths.withLock { $0 } }
        func add(_ path: String) { paths.withLock { $0.append(path) } }
    }

    /// An observer that remembers.
    final class Log: ExchangeObserver {
        private let exchanges = Mutex<[Exchange]>([])
        var all: [Exchange] { exchanges.withLock { $0 } }
        func finished(_ exchange: Exchange) { exchanges.withLock { $0.append(exchange) } }
    }

    /// A clock that stands still until a test turns it forward.
    final class Clock: Sendable {
        private let time = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { time.withLock { $0 } }
        func advance(by duration: Duration) { time.withLock { $0 += duration } }
    }

    /// Runs `body` against a server, which is stopped afterwards. No client meets a deadline but by the clock, however busy
    /// the machine is.
    static func with(
        addresses: [SocketAddress] = [SocketAddress(host: "127.0.0.1", port: 0)!], clock: Clock = Clock(),
        configure: (inout ServerConfiguration) -> Void = { _ in }, routes: (inout Router) -> Void = { _ in },
        _ body: (RunningServer) async throws -> Void
    ) async throws {
        var configuration = ServerConfiguration(addresses: addresses)
        configuration.eventLoops = 2
        configuration.limits.connectionsPerPeer = 10_000
        configuration.deadlines.drain = .milliseconds(200)
        configure(&configuration)
        let calls = Calls()
        let log = Log()
        var router = Router()
        router.get("/") { _ in
            calls.add("/")
            return .text("Hello")
        }
        router.get("/second") { _ in
            calls.add("/second")
            return .text("second")
        }
        router.post("/echo") { request in
            calls.add("/echo")
            return Response(body: .bytes(try await request.body.collect()))
        }
        router.post("/ignore") { _ in
            calls.add("/ignore")
            return .text("ignored")
        }
        routes(&router)
        let server = Server(
            configuration, observers: [log], now: { clock.now }, handler: router.handler)
        let bound = try server.bind()
        let task = Task { try await server.run() }
        let running = RunningServer(address: bound[0], calls: calls, log: log, server: server, task: task)
        let result: Result<Void, any Error>
        do { result = .success(try await body(running)) } catch { result = .failure(error) }
        task.cancel()
        try await task.value
        try result.get()
    }

    func connect() throws -> RawClient { try RawClient(address) }

    /// Sends bytes on a connection of their own, and gives back everything that comes until the end.
    func exchange(_ text: String, thenFinish: Bool = false) async throws -> String {
        let client = try connect()
        try await client.send(text)
        if thenFinish { client.finish() }
        return try await client.receive()
    }

    /// One response to one request, after which the connection is closed.
    func ask(_ requestLine: String, _ fields: [String] = [], body: String = "") async throws -> RawResponse {
        let head = [requestLine + " HTTP/1.1", "Host: x", "Connection: close"] + fields
        let text = try await exchange(head.joined(separator: "\r\n") + "\r\n\r\n" + body)
        let responses = RawResponse.parse(text, toHead: requestLine.hasPrefix("HEAD"))
        guard let last = responses.last else { throw RawClient.Failure(what: "no response: \(text)") }
        return last
    }

    /// Waits until a condition holds.
    func eventually(_ what: String, within seconds: Double = 60, _ condition: () async -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while await !condition() {
            guard ContinuousClock.now < end else { throw RawClient.Failure(what: "never: \(what)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

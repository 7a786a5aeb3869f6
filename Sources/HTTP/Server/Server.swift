import Dispatch
import Glibc
public import ServiceLifecycle
import Synchronization

/// An HTTP/1.1 server (RFC 9110, RFC 9112).
///
///     let router = Router { … }
///     let server = Server(ServerConfiguration(addresses: [.init(host: "127.0.0.1", port: 8080)!]), router.handler)
///     try await server.run()
///
/// `run` returns after a graceful shutdown (of the `ServiceGroup` that the server is in) or when its task is cancelled, in
/// both cases once requests in progress have been answered or `Deadlines.drain` has passed.
public final class Server: Service {
    private let core: ServerCore
    private let state = Mutex(State.new)

    private enum State {
        case new
        case bound([ListeningSocket])
        case running
        case finished
    }

    public convenience init(
        _ configuration: ServerConfiguration, observers: [any ExchangeObserver] = [], handler: @escaping Handler
    ) {
        self.init(configuration, observers: observers, now: { .now }, handler: handler)
    }

    /// - Parameter now: the time that clients' deadlines go by, which a test may turn forward.
    package init(
        _ configuration: ServerConfiguration, observers: [any ExchangeObserver],
        now: @escaping @Sendable () -> ContinuousClock.Instant, handler: @escaping Handler
    ) {
        core = ServerCore(configuration, handler: handler, observers: observers, now: now)
    }

    /// Takes the addresses, so that clients can connect from now on; `run` does it where this was not called.
    /// - Returns: the addresses, with the ports that the system has chosen.
    /// - Throws: `SocketError`.
    @discardableResult
    public func bind() throws -> [SocketAddress] {
        try state.withLock { state in
            guard case .new = state else { throw SocketError("The server has been started already") }
            let sockets = try core.configuration.addresses.map {
                try ListeningSocket($0, backlog: core.configuration.limits.backlog)
            }
            state = .bound(sockets)
            return sockets.map(\.address)
        }
    }

    /// Connections at this moment.
    public var connectionCount: Int { core.connectionCount }

    public func run() async throws {
        if state.withLock({ if case .new = $0 { true } else { false } }) { try bind() }
        let sockets = try state.withLock { state in
            guard case .bound(let sockets) = state else { throw SocketError("The server has been started already") }
            state = .running
            return sockets
        }
        let loops = try (0..<max(1, core.configuration.eventLoops)).map { try EventLoop(number: $0) }
        let acceptors = sockets.map { Acceptor($0, core: core, loops: loops) }
        let stop = AsyncStream.makeStream(of: Void.self)
        await withTaskCancellationOrGracefulShutdownHandler {
            for await _ in stop.stream {}
        } onCancelOrGracefulShutdown: {
            stop.continuation.finish()
        }
        for acceptor in acceptors { await acceptor.stop() }
        core.drain()
        await waitForConnections()
        for loop in loops { loop.stop() }
        state.withLock { $0 = .finished }
    }

    /// Until all have been answered, or it takes too long; then those that are left are cancelled, and those that do not
    /// heed that are left behind.
    private func waitForConnections() async {
        // Not in this task's cancellation: being cancelled is what may have brought us here.
        let drained = Task { [core] in await core.waitUntilEmpty() }
        let watch = Task { [core] in
            try await Task.sleep(for: core.configuration.deadlines.drain)
            core.abortAll()
            try await Task.sleep(for: .seconds(1))
        }
        await withCheckedContinuation { continuation in
            let isOver = Atomic(false)
            let finish: @Sendable () -> Void = {
                if !isOver.exchange(true, ordering: .relaxed) { continuation.resume() }
            }
            Task {
                await drained.value
                finish()
            }
            Task {
                _ = try? await watch.value
                finish()
            }
        }
        watch.cancel()
    }
}

/// Accepts the connections of one listening socket and deals them out to the loops.
private final class Acceptor: Sendable {
    private let socket: ListeningSocket
    private let core: ServerCore
    private let loops: [EventLoop]
    private let queue: DispatchQueue
    /// Set once; libdispatch documents its objects as safe to share.
    private nonisolated(unsafe) let source: any DispatchSourceRead
    private let state = Mutex(State())

    private struct State {
        var next = 0
        var isPaused = false
        var isStopped = false
        var whenClosed: CheckedContinuation<Void, Never>?
    }

    init(_ socket: ListeningSocket, core: ServerCore, loops: [EventLoop]) {
        self.socket = socket
        self.core = core
        self.loops = loops
        queue = DispatchQueue(label: "http.accept")
        source = DispatchSource.makeReadSource(fileDescriptor: socket.descriptor, queue: queue)
        source.setEventHandler { self.acceptAll() }
        source.setCancelHandler {
            socket.close()
            self.state.withLock { $0.whenClosed }?.resume()
        }
        source.activate()
    }

    /// Returns when nobody can connect any more, and the address is free.
    func stop() async {
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                let isPaused = state.withLock { state in
                    state.whenClosed = continuation
                    defer { (state.isStopped, state.isPaused) = (true, false) }
                    return state.isPaused
                }
                source.cancel()
                if isPaused { source.resume() }
            }
        }
    }

    private func acceptAll() {
        // Now and then Dispatch should see other sources, however many are waiting.
        for _ in 0..<256 {
            if state.withLock({ $0.isStopped }) { return }
            switch socket.accept() {
            case .connection(let descriptor, let peer): begin(descriptor, peer)
            case .again: continue
            case .none: return
            case .exhausted: return pause()
            }
        }
    }

    private func begin(_ descriptor: Int32, _ peer: SocketAddress) {
        let admission = core.admit(peer)
        if admission == .dropped {
            close(descriptor)
            return
        }
        let loop = state.withLock { state in
            state.next = (state.next + 1) % loops.count
            return loops[state.next]
        }
        let connection = Connection(descriptor, peer: peer, admission, loop: loop, core: core)
        loop.run { connection.assumeIsolated { $0.start() } }
    }

    /// The socket stays readable, so without a pause this would spin until a descriptor is free.
    private func pause() {
        state.withLock { $0.isPaused = true }
        source.suspend()
        let delay = core.configuration.deadlines.exhaustionPause
        queue.asyncAfter(deadline: .now() + .milliseconds(Int(delay / .milliseconds(1)))) { [self] in
            let mustResume = state.withLock { state in
                defer { state.isPaused = false }
                return state.isPaused
            }
            if mustResume { source.resume() }
        }
    }
}

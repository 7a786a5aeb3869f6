import Foundation
import HTTPTypes
import Synchronization

/// What answers requests. It runs on the connection's loop: whatever blocks or computes for long belongs elsewhere.
public typealias Handler = @Sendable (Request) async throws -> Response

/// What all connections of a server share.
final class ServerCore: Sendable {
    let configuration: ServerConfiguration
    let handler: Handler
    private let observers: [any ExchangeObserver]
    /// The time that deadlines go by.
    let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())
    /// So that two servers, or two runs of one, do not name their requests alike.
    private let runID = String(UInt64.random(in: .min ... .max), radix: 36)

    private struct State {
        var served = 0
        var refusals = 0
        var perPeer: [IPAddress: Int] = [:]
        var connections: [ObjectIdentifier: Connection] = [:]
        var isDraining = false
        var serial = 0
        var whenEmpty: [CheckedContinuation<Void, Never>] = []
    }

    init(
        _ configuration: ServerConfiguration, handler: @escaping Handler, observers: [any ExchangeObserver],
        now: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.configuration = configuration
        self.handler = handler
        self.observers = observers
        self.now = now
    }

    // MARK: Admission

    enum Admission: Equatable {
        case served
        /// It is told that there is no room, and not served.
        case refused(HTTPResponse.Status)
        /// Not even that.
        case dropped
    }

    /// How many clients at a time are told that there is no room; being polite must not cost much either.
    private static let maximumRefusals = 64

    /// Counts a new connection in.
    func admit(_ peer: SocketAddress) -> Admission {
        state.withLock { state in
            func refusal(_ status: HTTPResponse.Status) -> Admission {
                guard state.refusals < Self.maximumRefusals else { return .dropped }
                state.refusals += 1
                return .refused(status)
            }
            guard state.served < configuration.limits.connections else { return refusal(.serviceUnavailable) }
            if let key = Self.key(peer), !isTrusted(peer) {
                guard state.perPeer[key, default: 0] < configuration.limits.connectionsPerPeer else {
                    return refusal(.tooManyRequests)
                }
                state.perPeer[key, default: 0] += 1
            }
            state.served += 1
            return .served
        }
    }

    func nextSerial() -> Int {
        state.withLock { state in
            state.serial += 1
            return state.serial
        }
    }

    /// Counts a connection out.
    func released(_ peer: SocketAddress, _ admission: Admission) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            if admission == .served {
                state.served -= 1
                if let key = Self.key(peer), !isTrusted(peer), let count = state.perPeer[key] {
                    state.perPeer[key] = count > 1 ? count - 1 : nil
                }
            } else {
                state.refusals -= 1
            }
            guard state.served == 0 else { return [] }
            defer { state.whenEmpty = [] }
            return state.whenEmpty
        }
        for continuation in waiting { continuation.resume() }
    }

    var connectionCount: Int { state.withLock { $0.served } }

    /// One customer has one IPv4 address, or a /64 network of IPv6.
    private static func key(_ peer: SocketAddress) -> IPAddress? {
        guard let address = peer.ip, !address.isIPv4 else { return peer.ip }
        return IPAddress(bytes: address.bytes[..<8] + [UInt8](repeating: 0, count: 8))
    }

    // MARK: Draining

    func register(_ connection: Connection) {
        let isDraining = state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = connection
            return state.isDraining
        }
        if isDraining { drain([connection]) }
    }

    func unregister(_ connection: Connection) {
        state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
    }

    /// Lets every connection finish what it is answering.
    func drain() {
        let connections = state.withLock { state in
            state.isDraining = true
            return Array(state.connections.values)
        }
        drain(connections)
    }

    private func drain(_ connections: [Connection]) {
        for connection in connections { connection.loop.run { connection.assumeIsolated { $0.drain() } } }
    }

    func abortAll() {
        for connection in state.withLock({ Array($0.connections.values) }) {
            connection.loop.run { connection.assumeIsolated { $0.abort() } }
        }
    }

    /// Returns when no connection is left.
    func waitUntilEmpty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if state.served > 0 { state.whenEmpty.append(continuation) }
                return state.served == 0
            }
            if isEmpty { continuation.resume() }
        }
    }

    // MARK: Requests

    func requestID(_ number: Int, of connection: Connection) -> String {
        "\(runID)-\(String(connection.serial, radix: 36))-\(number)"
    }

    /// A client address is the socket's, unless the peer is a trusted proxy: then it is the last one in X-Forwarded-For
    /// that is no trusted proxy itself, since everything to the left of that is hearsay.
    func client(of request: HTTPRequest, peer: SocketAddress) -> IPAddress? {
        guard isTrusted(peer) else { return peer.ip }
        let hops = request.headerFields[values: .xForwardedFor].flatMap { $0.split(separator: ",") }
        var client = peer.ip
        for hop in hops.reversed() {
            guard let address = SocketAddress(host: String(hop.trimmingBlanks), port: 0)?.ip else { break }
            client = address
            if !configuration.trustedProxies.contains(where: { $0.contains(address) }) { break }
        }
        return client
    }

    private func isTrusted(_ peer: SocketAddress) -> Bool {
        guard let address = peer.ip else { return configuration.trustsUnixSockets }
        return configuration.trustedProxies.contains { $0.contains(address) }
    }

    /// What a client is told of an error that a handler has thrown.
    func response(to error: any Error, _ request: Request, _ exchange: inout ExchangeRecord) -> Response {
        var problem: Problem
        switch error {
        case let error as Problem: problem = error
        case is CancellationError:
            problem = Problem(.serviceUnavailable, "The server is shutting down.")
            // By then another one may have started.
            problem.headers[.retryAfter] = "1"
        default:
            exchange.failure = "\(error)"
            problem = Problem(.internalServerError, "Something went wrong inside the server; its log says what.")
        }
        return problem.response(requestID: request.id)
    }

    func report(_ record: ExchangeRecord, bytesReceived: Int, bytesSent: Int, connection: Connection) {
        guard !observers.isEmpty else { return }
        let request = record.request
        let exchange = Exchange(
            id: record.requestID ?? request?.id ?? requestID(record.number, of: connection),
            method: request?.method.rawValue ?? "", path: request?.target.rawPath ?? "", route: record.route,
            status: record.status, bytesReceived: bytesReceived, bytesSent: bytesSent,
            duration: now() - record.start,
            client: (request?.client ?? connection.peer.ip)?.description ?? connection.peer.description,
            userAgent: request?.headers[.userAgent], failure: record.failure)
        for observer in observers { observer.finished(exchange) }
    }
}

extension HTTPField.Name {
    static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!
}

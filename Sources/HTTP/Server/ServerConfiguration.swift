import Foundation
import HTTPTypes

/// Everything about a server that can be set, with its defaults.
public struct ServerConfiguration: Sendable {
    /// Where to listen.
    public var addresses: [SocketAddress]
    public var limits = Limits()
    public var deadlines = Deadlines()
    /// Peers whose `X-Forwarded-For` is believed, and which the limit of connections a peer does not concern.
    public var trustedProxies: [AddressRange] = []
    /// Whether whoever connects to a Unix socket is such a proxy.
    public var trustsUnixSockets = true
    /// Threads that connections are served by. By default as many as there are cores.
    public var eventLoops = max(1, ProcessInfo.processInfo.activeProcessorCount)
    /// For the `Server` field of responses; nil for none.
    public var serverName: String?

    public init(addresses: [SocketAddress]) { self.addresses = addresses }

    /// What a peer may cost.
    public struct Limits: Sendable {
        /// Bytes of a request line; a longer one gets 414. Default 8 KiB.
        public var requestLine = 8 << 10
        /// Bytes of all header lines together; more get 431. Default 32 KiB.
        public var headerBytes = 32 << 10
        /// Header lines; more get 431. Default 100.
        public var headerCount = 100
        /// Bytes of the line before a chunk; a longer one gets 400. Default 256.
        public var chunkLine = 256
        /// Bytes of a body, where a route or handler sets no limit of its own; a longer one gets 413. Default 16 MiB.
        public var body = 16 << 20
        /// Bytes of a body that the handler left unread that are read and thrown away to keep the connection. With more
        /// the connection is closed. Default 256 KiB.
        public var drainedBody = 256 << 10
        /// Connections at a time; one more gets 503. Default 512.
        public var connections = 512
        /// Connections at a time of one address (of one /64 network with IPv6); one more gets 429. Default 32.
        public var connectionsPerPeer = 32
        /// Connections that the system keeps until they are accepted. Default 1,024.
        public var backlog: Int32 = 1024

        public init() {}
    }

    /// What a peer may keep waiting. A deadline is kept to a tenth of a second.
    public struct Deadlines: Sendable {
        /// From the first byte of a request, or the beginning of the connection, to the end of the header; then 408.
        /// Default 10 s.
        public var header = Duration.seconds(10)
        /// From a response to the next request; then the connection is closed. Default 60 s.
        public var idle = Duration.seconds(60)
        /// How long a body may come as slowly as it likes, … Default 10 s.
        public var bodyGrace = Duration.seconds(10)
        /// … and the bytes a second that it must have come at, on average, after that; else 408. Default 1 KiB.
        public var minimumBodyRate = 1 << 10
        /// Without the peer taking a single byte; then the connection is closed. Default 30 s.
        public var writeStall = Duration.seconds(30)
        /// How long what still comes after an error is thrown away, so that the peer can read what was wrong: closing at
        /// once would make the system throw the answer away. Default 2 s.
        public var linger = Duration.seconds(2)
        /// From the signal to stop until the requests that are still running are cancelled. Default 30 s.
        public var drain = Duration.seconds(30)
        /// How long to accept nobody after the process has run out of descriptors. Default 0.5 s.
        public var exhaustionPause = Duration.milliseconds(500)

        public init() {}
    }
}

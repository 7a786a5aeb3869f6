public import HTTPTypes

/// A request whose head has come; its body may still be on its way.
public struct Request: Sendable {
    /// Method, target and header fields as they came.
    public internal(set) var head: HTTPRequest
    public let target: RequestTarget
    public var body: RequestBody
    /// Who has connected.
    public let peer: SocketAddress
    /// Who has asked: the peer, or whom a trusted proxy names. Nil for a Unix socket without such a proxy.
    public let client: IPAddress?
    /// Names the request in logs and in error responses.
    public var id: String {
        get { givenID ?? connection.core.requestID(number, of: connection) }
        set { givenID = newValue }
    }
    /// What the route's pattern has found in the path.
    public internal(set) var parameters = PathParameters()
    let connection: Connection
    let number: Int
    /// Made only where somebody asks, which for most requests nobody does.
    var givenID: String?

    public var method: HTTPRequest.Method { head.method }
    public var headers: HTTPFields { head.headerFields }
    public var query: Query { target.query }

    /// Whether the client has closed its side of the connection. It may still be reading (`nc -N` is), so a short answer is
    /// worth sending; work that takes long may be spared.
    public var isAbandoned: Bool { get async { await connection.peerHasClosed } }
}

/// A request and its answer, once both are over: for logs and metrics. Requests that were refused before a handler saw
/// them are among these.
public struct Exchange: Sendable {
    public let id: String
    /// Empty where the request line could not be read.
    public let method: String
    /// As it came, without the query.
    public let path: String
    /// The pattern of the route that has answered; nil where none has.
    public let route: String?
    public let status: Int
    /// Of the body.
    public let bytesReceived: Int
    /// Of the whole response, head and all.
    public let bytesSent: Int
    public let duration: Duration
    public let client: String
    public let userAgent: String?
    /// What went wrong inside; nothing of it was told to the client.
    public let failure: String?

    public init(
        id: String, method: String, path: String, route: String?, status: Int, bytesReceived: Int, bytesSent: Int,
        duration: Duration, client: String, userAgent: String?, failure: String?
    ) {
        self.id = id
        self.method = method
        self.path = path
        self.route = route
        self.status = status
        self.bytesReceived = bytesReceived
        self.bytesSent = bytesSent
        self.duration = duration
        self.client = client
        self.userAgent = userAgent
        self.failure = failure
    }
}

/// Is told of every exchange: an access log, metrics. Called on the connection's loop, so it must not block.
public protocol ExchangeObserver: Sendable {
    func finished(_ exchange: Exchange)
}

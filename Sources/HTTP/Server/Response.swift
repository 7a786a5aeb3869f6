public import HTTPTypes

/// What a handler answers.
public struct Response: Sendable {
    public var status: HTTPResponse.Status
    /// `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` are the server's, and are left out of these.
    public var headers = HTTPFields()
    public var body: ResponseBody
    /// The pattern of the route that has answered.
    var route: String?
    /// Another name for the request than the connection gave it.
    var requestID: String?

    public init(status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: ResponseBody = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Text in UTF-8.
    public static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, headers: [.contentType: "text/plain; charset=utf-8"], body: .bytes(Array(text.utf8)))
    }

    /// Sets a field to a value that may come from outside.
    /// - Throws: `InvalidFieldValue` for a value with a line break or another control character, which would otherwise
    ///   become a space.
    public mutating func set(_ name: HTTPField.Name, to value: String) throws(InvalidFieldValue) {
        guard HTTPField.isValidValue(value) else { throw InvalidFieldValue(name: name.rawName) }
        headers[name] = value
    }

    public struct InvalidFieldValue: Error, CustomStringConvertible {
        public let name: String
        public var description: String { "The value for the field \(name) holds a control character." }
    }
}

public enum ResponseBody: Sendable {
    case none
    case bytes([UInt8])
    /// Written while it is made. With a length it must come to exactly that; without, it is sent in chunks. The closure
    /// ends the body by returning; when it throws, the connection is broken off, so that nobody takes the part for the
    /// whole. Its task is cancelled when the client goes away.
    case stream(length: Int? = nil, @Sendable (ResponseWriter) async throws -> Void)
}

/// Sends a streamed body. Several tasks may write; each write is sent as a whole.
public struct ResponseWriter: Sendable {
    private let send: @Sendable ([UInt8]) async throws -> Void

    init(_ send: @escaping @Sendable ([UInt8]) async throws -> Void) { self.send = send }

    /// Returns once the system has taken all of it, which is as fast as the client reads. Of nothing, it sends the head.
    /// - Throws: `ConnectionLost` when the client is gone, or has read nothing for too long.
    public func write(_ bytes: [UInt8]) async throws { try await send(bytes) }

    public func write(_ text: String) async throws { try await send(Array(text.utf8)) }
}

/// The client has gone away, or has been given up.
public struct ConnectionLost: Error, Sendable, CustomStringConvertible {
    public var description: String { "The client has gone away." }
}

/// Answers to the names of this machine only, so that a web page whose name was made to lead here ("DNS rebinding") is not
/// taken for one of the server's own: a browser sends the page's name as `Host`.
///
/// For servers that let in whoever can connect, and that nobody but this machine can.
public struct HostMiddleware: Middleware {
    private let allowed: Set<String>
    private let advice: String

    /// - Parameters:
    ///   - allowed: host names, without ports, beside `localhost` and the loopback addresses.
    ///   - advice: a sentence that says what to do about a name that is refused.
    public init(allowed: Set<String> = [], advice: String = "") {
        self.allowed = Set(allowed.map { $0.lowercased() })
        self.advice = advice
    }

    public func handle(_ request: Request, next: Handler) async throws -> Response {
        // No browser speaks HTTP/1.0, nor to a Unix socket.
        guard let authority = request.head.authority, request.peer.ip != nil else { return try await next(request) }
        let name = HostName(authority)
        guard name.isLoopback || allowed.contains(name.host) else {
            throw Problem(
                .misdirectedRequest,
                "This server answers to localhost, 127.0.0.1 and [::1] only, and not to '\(name.host.prefix(100))'."
                    + (advice.isEmpty ? "" : " " + advice))
        }
        return try await next(request)
    }
}

import HTTPTypes

/// Refuses what a web page of another origin would change ("cross-site request forgery"): browsers send forms and plain posts
/// wherever a page wants them, without asking first as CORS has it, and say where the page is from in `Origin` (RFC 6454) and
/// `Sec-Fetch-Site` (Fetch Metadata). Clients that are no browsers send neither, and are let through.
public struct CrossOriginMiddleware: Middleware {
    private let origins: CORSMiddleware.Origins
    private let ownHosts: Set<String>
    private let advice: String
    private static let safeMethods: Set<HTTPRequest.Method> = [.get, .head, .options, .trace]

    /// - Parameters:
    ///   - origins: those whose pages may.
    ///   - ownHosts: host names, without ports, by which pages of the server itself are reached beside the request's own `Host`,
    ///     which a proxy may have replaced.
    ///   - advice: a sentence that says what to do about an origin that is refused.
    public init(origins: CORSMiddleware.Origins, ownHosts: Set<String> = [], advice: String = "") {
        self.origins = origins
        self.ownHosts = Set(ownHosts.map { $0.lowercased() })
        self.advice = advice
    }

    public func handle(_ request: Request, next: Handler) async throws -> Response {
        guard !Self.safeMethods.contains(request.method), case .listed(let listed) = origins else {
            return try await next(request)
        }
        let origin = request.headers[.origin]
        if let origin, listed.contains(origin) { return try await next(request) }
        let isForeign = ["cross-site", "same-site"].contains(request.headers[.secFetchSite])
        guard !isForeign, origin.map({ isOwn($0, request) }) ?? true else {
            throw Problem(
                .forbidden,
                "A page from \(origin.map { "'\($0.prefix(100))'" } ?? "another site") may not do this."
                    + (advice.isEmpty ? "" : " " + advice))
        }
        return try await next(request)
    }

    /// The scheme is not compared: behind a proxy that ends TLS the server does not know its own.
    private func isOwn(_ origin: String, _ request: Request) -> Bool {
        let parts = origin.split(separator: "://", maxSplits: 1)
        guard parts.count == 2, let authority = request.head.authority else { return false }
        let standard = ["http": "80", "https": "443"][parts[0].lowercased()]
        let (page, own) = (HostName(parts[1]), HostName(authority))
        if ownHosts.contains(page.host) { return true }
        return page.host == own.host && (page.port ?? standard) == (own.port ?? standard)
    }
}

extension HTTPField.Name {
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}

import HTTPTypes

/// Refuses bodies that are compressed (RFC 9110, 8.4), rather than take them for what they are not.
public struct IdentityCodingMiddleware: Middleware {
    public init() {}

    public func handle(_ request: Request, next: Handler) async throws -> Response {
        let coding = request.headers[.contentEncoding]?.lowercased() ?? "identity"
        guard coding.isEmpty || coding == "identity" else {
            var problem = Problem(
                .unsupportedMediaType,
                "The body has the content coding '\(coding.prefix(100))', and only identity is taken: send it as it is, "
                    + "without the field Content-Encoding.")
            problem.headers[.acceptEncoding] = "identity"
            throw problem
        }
        return try await next(request)
    }
}

public import HTTPTypes

/// Lets web pages from other origins call (the Fetch standard's CORS protocol).
public struct CORSMiddleware: Middleware {
    public enum Origins: Sendable {
        case any
        /// As browsers write them: `https://example.org`, `http://localhost:3000`.
        case listed(Set<String>)
    }

    private let origins: Origins
    private let methods: [HTTPRequest.Method]
    private let allowedFields: [String]
    private let exposedFields: [String]
    private let maximumAge: Int

    /// - Parameters:
    ///   - allowedFields: which a page may send, beside the few that are always allowed.
    ///   - exposedFields: which a page may read of a response.
    ///   - maximumAge: seconds for which a browser need not ask again.
    public init(
        origins: Origins, methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete],
        allowedFields: [String] = ["Content-Type", "Authorization"], exposedFields: [String] = [], maximumAge: Int = 600
    ) {
        self.origins = origins
        self.methods = methods
        self.allowedFields = allowedFields
        self.exposedFields = exposedFields
        self.maximumAge = maximumAge
    }

    public func handle(_ request: Request, next: Handler) async throws -> Response {
        guard let origin = request.headers[.origin] else { return vary(try await next(request)) }
        let allowed: String?
        switch origins {
        case .any: allowed = "*"
        case .listed(let list): allowed = list.contains(origin) ? origin : nil
        }
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            var response = vary(Response(status: .noContent))
            if let allowed {
                response.headers[.accessControlAllowOrigin] = allowed
                response.headers[.accessControlAllowMethods] = methods.map(\.rawValue).joined(separator: ", ")
                response.headers[.accessControlAllowHeaders] = allowedFields.joined(separator: ", ")
                response.headers[.accessControlMaxAge] = "\(maximumAge)"
            }
            return response
        }
        var response: Response
        // Also an error is to be read by the page.
        do { response = try await next(request) } catch let problem as Problem {
            response = problem.response(requestID: request.id)
        }
        if let allowed {
            response.headers[.accessControlAllowOrigin] = allowed
            if !exposedFields.isEmpty {
                response.headers[.accessControlExposeHeaders] = exposedFields.joined(separator: ", ")
            }
        }
        return vary(response)
    }

    /// A cache must not give one origin what was meant for another.
    private func vary(_ response: Response) -> Response {
        guard case .listed = origins else { return response }
        var response = response
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        return response
    }
}

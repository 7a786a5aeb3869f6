public import HTTPTypes

/// Names every response after its request, so that a person who reports an error can say which one it was.
public struct RequestIDMiddleware: Middleware {
    private let field: HTTPField.Name
    private let adoptsClients: Bool

    /// - Parameter adoptsClients: whether a client, or the proxy before it, may choose the name, as long as it is 1 to 64
    ///   letters, digits, hyphens, dots or underscores.
    public init(field: HTTPField.Name = .xRequestID, adoptsClients: Bool = true) {
        self.field = field
        self.adoptsClients = adoptsClients
    }

    public func handle(_ request: Request, next: Handler) async throws -> Response {
        var request = request
        if adoptsClients, let name = request.headers[field], Self.isName(name) { request.id = name }
        var response: Response
        do { response = try await next(request) } catch let problem as Problem {
            response = problem.response(requestID: request.id)
        }
        response.headers[field] = request.id
        response.requestID = request.id
        return response
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "-._".utf8.contains(byte)
            }
    }
}

extension HTTPField.Name {
    public static let xRequestID = HTTPField.Name("X-Request-ID")!
}

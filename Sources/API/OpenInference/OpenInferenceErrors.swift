public import HTTP
import HTTPTypes

/// Tells clients below `/v2` of errors as the Open Inference Protocol has it: `{"error": "…"}`, and of no other kind.
public struct OpenInferenceErrors: Middleware {
    private struct Document: Encodable {
        var error: String
    }

    public init() {}

    /// Around the router: what no handler has thrown, as for a path that leads nowhere, or without an API key.
    public func handle(_ request: Request, next: Handler) async throws -> Response {
        guard request.target.segments.first == "v2" else { return try await next(request) }
        return try await Self.answer(request, next)
    }

    /// A handler whose errors are told in this way.
    static func telling(_ handler: @escaping Handler) -> Handler { { try await answer($0, handler) } }

    /// Errors of the server's own stay what they are, so that they are logged.
    private static func answer(_ request: Request, _ handler: Handler) async throws -> Response {
        do { return try await handler(request) } catch {
            guard let problem = error as? Problem ?? Problem.of(error) else { throw error }
            return try JSONResponse.make(
                Document(error: problem.detail), status: problem.status, headers: problem.headers)
        }
    }
}

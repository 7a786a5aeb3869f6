/// Something around a handler: looks at requests before it, or at responses after it, or answers in its place.
public protocol Middleware: Sendable {
    func handle(_ request: Request, next: Handler) async throws -> Response
}

/// Turns errors of the domain into problems, in the one place that knows both.
public struct ErrorMiddleware: Middleware {
    private let problem: @Sendable (any Error) -> Problem?

    /// - Parameter problem: nil for errors that it does not know; these become a 500.
    public init(_ problem: @escaping @Sendable (any Error) -> Problem?) { self.problem = problem }

    public func handle(_ request: Request, next: Handler) async throws -> Response {
        do { return try await next(request) } catch {
            guard !(error is Problem), let problem = problem(error) else { throw error }
            return problem.response(requestID: request.id)
        }
    }
}

import HTTP

extension Request {
    /// Cancels work whose client has hung up while it waited: a picture that has not been begun is then not computed. (A reset
    /// cancels the request's task by itself; an ordinary close shows only where somebody looks.)
    func whileWanted<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while true {
                    try await Task.sleep(for: .milliseconds(50))
                    if await isAbandoned { return nil }
                }
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let value = first else { throw CancellationError() }
            try Task.checkCancellation()
            return value
        }
    }
}

import Workers

/// Where bodies are taken apart that are too long for a connection's loop, on which other connections wait.
enum BodyWorkers {
    private static let pool = WorkerPool(name: "bodies", width: 2)
    /// Bytes up to which it takes no longer than to hand it over.
    private static let shortBody = 64 << 10

    /// Runs `work`, which takes time in proportion to `count` bytes.
    static func run<Value: Sendable>(
        _ count: Int, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        guard count > shortBody else { return try work() }
        return try await pool.run { _ in try work() }
    }
}

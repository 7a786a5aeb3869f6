/// placeholder until merged
public actor BlobGate {
    public init() {}
    public func withWriting<Result: Sendable>(_ body: @Sendable () async throws -> Result) async rethrows -> Result {
        try await body()
    }
}

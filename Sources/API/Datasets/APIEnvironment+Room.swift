extension APIEnvironment {
    /// Whether so many bytes can be stored, and still some be left.
    /// - Throws: `RegraftError` (`disk_full`).
    func checkRoom(for bytes: Int) async throws {
        try await readPool.run { [room] _ in try room.check(for: bytes) }
    }
}

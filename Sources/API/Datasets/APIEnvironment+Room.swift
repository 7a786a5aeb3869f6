import HTTP

extension APIEnvironment {
    /// Whether so many bytes can be stored, and still some be left.
    /// - Throws: `Problem` (507).
    func checkRoom(for bytes: Int) async throws {
        let minimum = settings.minimumFreeBytes
        // The file system may take its time.
        let free = try await readPool.run { [freeBytes] _ in freeBytes() } ?? .max
        guard free - bytes < minimum else { return }
        throw Problem(
            .insufficientStorage, type: "urn:regraft:problem:disk-full",
            "There is no room: \(Self.megabytes(free)) are free where the data is, "
                + (bytes > 0 ? "\(Self.megabytes(bytes)) are to be stored, " : "")
                + "and \(Self.megabytes(minimum)) must stay free (data.minimum_free_bytes). Make room, by deleting datasets "
                + "or models for instance.")
    }

    /// Rounded down.
    private static func megabytes(_ bytes: Int) -> String { "\(bytes / 1_000_000) MB" }
}

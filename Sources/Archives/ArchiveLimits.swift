/// What an archive may cost.
public struct ArchiveLimits: Sendable {
    /// Entries of all kinds, folders too. Default 2 million. libarchive holds a zip's directory in memory, at 160
    /// bytes an entry; of tar it keeps nothing.
    public var maximumEntries = 2_000_000
    /// Of a path as the archive has it, in bytes. Default 1,024. A longer one is refused alone.
    public var maximumPathBytes = 1_024
    /// Of one file's content. A larger one is refused alone. Default 64 MiB, as of `ImageLimits.maximumBytes`.
    public var maximumEntryBytes = 64 << 20
    /// All that comes out of the archive. Default 200 GiB.
    public var maximumTotalBytes = 200 << 30
    /// Bytes out for a byte of archive, counted over all so far. Default 100: Deflate reaches 1,032 and photos 1.
    public var maximumExpansion = 100
    /// Bytes out before which expansion is not looked at, since the beginning says little. Default 10 MB.
    public var expansionGrace = 10_000_000

    public init() {}

    /// - Parameters:
    ///   - out: bytes that have come out of the archive so far.
    ///   - consumed: bytes of the archive they came from.
    /// - Throws: `tooLarge` or `expandsTooMuch`.
    func check(out: Int, consumed: Int) throws(ArchiveError) {
        guard out <= maximumTotalBytes else {
            throw ArchiveError(.tooLarge, "It holds more than \(maximumTotalBytes) bytes; split it into several.")
        }
        guard out <= expansionGrace || out / maximumExpansion <= consumed else {
            throw ArchiveError(
                .expandsTooMuch,
                "It expands to more than \(maximumExpansion) times its size, as decompression bombs do.")
        }
    }
}

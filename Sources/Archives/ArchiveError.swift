/// What ends the reading of an archive. Entries before it have been delivered and are sound.
public struct ArchiveError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, Codable {
        /// The file is none of the formats that are read.
        case notAnArchive = "not_an_archive"
        /// The archive is cut off or its structure is broken.
        case damaged = "damaged_archive"
        case tooManyEntries = "too_many_entries"
        /// All entries together are over `ArchiveLimits.maximumTotalBytes`.
        case tooLarge = "too_large"
        /// The archive is made to expand without bound: over the ratio, or entries that share their data.
        case expandsTooMuch = "expands_too_much"
        /// The file cannot be opened or read.
        case unreadable
    }

    public let code: Code
    /// One sentence for a person, without the archive's name, which the caller knows.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

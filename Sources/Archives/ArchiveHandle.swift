import CArchive
import Glibc

/// libarchive's reader of one file, opened for the formats that Regraft takes.
///
/// libarchive's README: the library "does no locking or thread management of any kind. If you create a libarchive object
/// and need to access it from multiple threads, you will need to provide your own locking." Hence not Sendable. Freed in
/// `deinit`.
final class ArchiveHandle {
    enum Container { case zip, tar, compressedTar }

    /// Known after the first entry.
    private(set) var container: Container?
    /// A zip without its directory at the end, read from local header to local header as far as that goes.
    private(set) var lacksDirectory = false
    let file: ArchiveFile

    private var archive: OpaquePointer

    /// - Throws: `notAnArchive`, what reading the file threw.
    init(_ file: ArchiveFile) throws {
        self.file = file
        archive = Self.makeArchive()
        try Self.support(archive_read_support_filter_gzip(archive), "gzip")
        try Self.support(archive_read_support_filter_zstd(archive), "Zstandard")
        try Self.support(archive_read_support_format_tar(archive), "tar")
        try Self.support(archive_read_support_format_zip_seekable(archive), "zip")
        guard file.open(in: archive) != ARCHIVE_OK else { return }
        if let failure = file.failure { throw failure }

        // libarchive would take its other reader of zips by itself, and not say that it did.
        archive_read_free(archive)
        archive = Self.makeArchive()
        lacksDirectory = true
        try Self.support(archive_read_support_format_zip_streamable(archive), "zip")
        guard file.open(in: archive) == ARCHIVE_OK else { throw file.failure ?? ArchiveError.notAnArchive }
    }

    deinit { archive_read_free(archive) }

    private static func makeArchive() -> OpaquePointer {
        guard let archive = archive_read_new() else { fatalError("libarchive could not be started: out of memory") }
        return archive
    }

    /// A warning means that libarchive was built without the library and would run a program instead.
    private static func support(_ status: Int32, _ name: String) throws(ArchiveError) {
        guard status == ARCHIVE_OK else {
            throw ArchiveError(.unreadable, "The installed libarchive was built without \(name).")
        }
    }

    /// Where libarchive stands in the file.
    var position: Int { Int(archive_filter_bytes(archive, -1)) }

    /// Where libarchive stands in what the file's compression, if any, holds: in the tar.
    var positionInside: Int { Int(archive_filter_bytes(archive, 0)) }

    /// As libarchive says it of a zip's last entry: "ZIP 2.0 (deflation)".
    var formatName: String { archive_format_name(archive).map { String(cString: $0) } ?? "" }

    /// - Returns: nil at the end. The entry is good until the next call.
    func nextEntry() throws -> Entry? {
        var entry: OpaquePointer?
        let status = CLocale.run { archive_read_next_header(archive, &entry) }
        if status == ARCHIVE_EOF { return nil }
        // A warning is about names and owners, all of which are looked at apart.
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else { throw damage() }
        if container == nil { container = try identifyContainer() }
        return Entry(entry, of: self)
    }

    /// The next piece of the entry's content.
    /// - Returns: nil at the end. Good until the next call.
    /// - Throws: `EntryDamage` where the next entry can still be read.
    func nextPiece() throws -> UnsafeRawBufferPointer? {
        var (start, count, offset): (UnsafeRawPointer?, Int, Int64) = (nil, 0, 0)
        let status = archive_read_data_block(archive, &start, &count, &offset)
        switch status {
        case ARCHIVE_OK: return UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
        case ARCHIVE_EOF: return nil
        case ARCHIVE_WARN, ARCHIVE_RETRY, ARCHIVE_FAILED: throw EntryDamage(message: message)
        default: throw damage()
        }
    }

    /// Goes past the rest of the entry's content, if there is any.
    ///
    /// libarchive does that in one call, which is over at once unless it has to decompress to find the end: in a tar
    /// that is compressed, and in a zip without directory and sizes.
    func skipContent() throws {
        let status = archive_read_data_skip(archive)
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN || status == ARCHIVE_EOF else { throw damage() }
    }

    /// What libarchive takes for an end may be a cut between two entries.
    func checkEnd() throws(ArchiveError) {
        if lacksDirectory {
            // Nothing but the end of an empty directory, which libarchive does not find where it starts the file.
            if try file.bytes(0..<4) == [0x50, 0x4B, 5, 6] { return }
            throw ArchiveError(.damaged, "It is cut off: the directory at its end is missing.")
        }
        guard let container else {
            // Zeros are an empty tar, and how images of disks begin.
            guard try !file.bytes(0..<64 << 10).contains(where: { $0 != 0 }) || archive_filter_count(archive) > 1 else {
                throw .notAnArchive
            }
            return
        }
        guard container == .tar else { return }
        // POSIX (pax, ustar interchange format): two blocks of zeros. Some writers leave one of them out.
        let last = try file.bytes(max(0, positionInside - 512)..<positionInside)
        guard last.allSatisfy({ $0 == 0 }) else {
            throw ArchiveError(.damaged, "It is cut off: the mark at its end is missing.")
        }
    }

    private func identifyContainer() throws(ArchiveError) -> Container {
        let layers = archive_filter_count(archive)
        switch archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK {
        case ARCHIVE_FORMAT_ZIP where layers == 1: return .zip
        case ARCHIVE_FORMAT_TAR where layers == 1: return .tar
        case ARCHIVE_FORMAT_TAR where layers == 2: return .compressedTar
        // A zip in gzip, or a tar compressed twice: no program makes them by mistake.
        default: throw .notAnArchive
        }
    }

    private var message: String {
        archive_error_string(archive).map { PrintablePath.text(of: String(cString: $0)) } ?? "no reason given"
    }

    private func damage() -> any Error {
        file.failure ?? ArchiveError(.damaged, "It is damaged or cut off: \(message).")
    }
}

/// A fault in the content of one entry.
struct EntryDamage: Error {
    let message: String
}

extension ArchiveError {
    static let notAnArchive = ArchiveError(
        .notAnArchive, "It is none of the archives that are read: zip, tar, tar.gz and tar.zst.")
    static let tooManyEntries = ArchiveError(.tooManyEntries, "It has too many entries; split it into several.")
}

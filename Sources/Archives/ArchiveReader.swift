public import Foundation

/// Reads an archive on disk, entry by entry, in memory that does not grow with it (but see
/// `ArchiveLimits.maximumEntries`). Formats: zip (stored and deflated; zip64; with and without data descriptors), tar,
/// tar.gz and tar.zst, told apart by content.
///
/// Nothing is ever written, and paths are only names: that they are safe to use as files is checked all the same. An
/// archive in an archive is a file like any other. Not checked is gzip's checksum of a tar.gz, which libarchive ignores.
///
/// Not Sendable: one thread at a time, and calls block on the disk. Reading can be stopped between two calls, between
/// two pieces of a content (at most 64 KiB), and in what lies between through `checkpoint`.
public final class ArchiveReader {
    private enum State {
        case betweenEntries
        /// In an entry, whose content has been skipped or begun or neither.
        case inEntry(Entry, ArchiveItem?)
        case ended((any Error)?)
    }

    /// Of the file, in bytes.
    public var length: Int { handle.file.length }
    /// How far into the file reading has come, in bytes. Never decreases.
    public private(set) var bytesConsumed = 0
    /// Entries so far, of all kinds.
    public private(set) var entries = 0
    /// Entries so far that were not worth an item: folders, and the files that are `ignored`.
    public private(set) var passedOver = 0
    /// Files so far that were not worth an item: hidden ones, and what operating systems leave behind.
    public private(set) var ignored = 0

    private let limits: ArchiveLimits
    private let checkpoint: () throws -> Void
    private let handle: ArchiveHandle
    private var state = State.betweenEntries
    /// Content that has come out of a zip.
    private var zipBytes = 0
    /// Where the content ended that was last read from a zip.
    private var zipContentEnd = 0

    /// - Parameter checkpoint: called often, also in the middle of what cannot be delivered; throws to stop.
    /// - Throws: `ArchiveError`, and what `checkpoint` throws.
    public init(
        _ file: URL, limits: ArchiveLimits = ArchiveLimits(), checkpoint: @escaping () throws -> Void = {}
    ) throws {
        self.limits = limits
        self.checkpoint = checkpoint
        handle = try ArchiveHandle(try ArchiveFile(file, checkpoint: checkpoint))
    }

    /// The next item; nil at the end. What has not been read of the last one's content is skipped.
    /// - Throws: `ArchiveError`, and what `checkpoint` throws; the same again on every later call.
    public func next() throws -> ArchiveItem? {
        if case .ended(let error) = state {
            if let error { throw error }
            return nil
        }
        return try endingOnError {
            repeat {
                try skipContent()
                guard let entry = try nextEntry() else {
                    bytesConsumed = length
                    state = .ended(nil)
                    return nil
                }
                let verdict = try entry.judge(limits)
                if case .item(let item) = verdict {
                    state = .inEntry(entry, item)
                    return item
                }
                state = .inEntry(entry, nil)
                passedOver += 1
                if case .ignored = verdict { ignored += 1 }
            } while true
        }
    }

    /// Delivers the content of the file that `next` has returned, in pieces of at most 64 KiB that are good only during
    /// the call. To be called once, and only for a file.
    /// - Throws: `ArchiveError`, what `checkpoint` throws, and what `sink` throws, after which the next item can be read.
    public func readContent(_ sink: (UnsafeRawBufferPointer) throws -> Void) throws -> ArchiveContent {
        guard case .inEntry(_, .file(_, let size)) = state else {
            return .refused(reason: "there is no content to read")
        }
        var count = 0
        do {
            while let piece = try endingOnError({ try nextPiece() }) {
                count += piece.count
                guard count <= limits.maximumEntryBytes else { return .refused(reason: Refusal.tooLarge(limits)) }
                for start in stride(from: 0, to: piece.count, by: 64 << 10) {
                    let end = min(start + 64 << 10, piece.count)
                    try sink(UnsafeRawBufferPointer(rebasing: piece[start..<end]))
                }
            }
        } catch let damage as EntryDamage {
            return .refused(reason: "its content is damaged: \(damage.message)")
        }
        // libarchive leaves out the holes of sparse files in tars, which may be of any size.
        guard count == size ?? count else {
            return .refused(reason: "its content is not as long as stated: files with holes are not read")
        }
        return .complete(bytes: count)
    }

    private func nextEntry() throws -> Entry? {
        try checkpoint()
        // Before the first entry, libarchive reads all of a zip's directory.
        if entries == 0 { handle.file.directoryRecordsLeft = limits.maximumEntries }
        guard let entry = try handle.nextEntry() else {
            try handle.checkEnd()
            return nil
        }
        handle.file.directoryRecordsLeft = nil
        entries += 1
        guard entries <= limits.maximumEntries else { throw ArchiveError.tooManyEntries }
        // libarchive goes through a zip in the order of the file, so a way back is to content that was read before
        // (David Fifield, "A better zip bomb", 2019).
        guard handle.container != .zip || handle.positionInside >= zipContentEnd else {
            throw ArchiveError(.expandsTooMuch, "Its entries share their content, as those of decompression bombs do.")
        }
        try checkExpansion()
        return entry
    }

    private func nextPiece() throws -> UnsafeRawBufferPointer? {
        try checkpoint()
        let piece = try handle.nextPiece()
        if handle.container == .zip {
            zipBytes += piece?.count ?? 0
            zipContentEnd = handle.positionInside
        }
        try checkExpansion()
        return piece
    }

    private func skipContent() throws {
        guard case .inEntry(let entry, _) = state else { return }
        let isDecompressed =
            switch handle.container {
            case .compressedTar: true
            case .zip: handle.lacksDirectory && entry.size == nil
            case .tar, nil: false
            }
        do {
            while isDecompressed, try nextPiece() != nil {}
        } catch is EntryDamage {}
        try handle.skipContent()
    }

    private func checkExpansion() throws(ArchiveError) {
        bytesConsumed = max(bytesConsumed, min(handle.position, length))
        let out = handle.container == .zip ? zipBytes : handle.positionInside
        try limits.check(out: out, consumed: bytesConsumed)
    }

    /// After an error there is nothing more to be had, except that one file's damage may be just that.
    private func endingOnError<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let damage as EntryDamage {
            throw damage
        } catch {
            state = .ended(error)
            throw error
        }
    }
}

import CArchive
import Foundation
import Glibc

/// The archive's bytes on disk, as libarchive's callbacks want them.
///
/// Not Sendable: it belongs to one `ArchiveHandle` and its thread. Closed in `deinit`.
final class ArchiveFile {
    let length: Int
    /// Why a callback told libarchive that it failed. libarchive itself only knows that one did.
    private(set) var failure: (any Error)?
    /// While this is not nil, records of a zip's directory are counted as they are read. libarchive takes the whole
    /// directory into memory before it gives the first entry, so that counting entries would be too late.
    var directoryRecordsLeft: Int?

    private let descriptor: Int32
    private let checkpoint: () throws -> Void
    private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    private var position = 0
    /// How many bytes of a directory record's signature the last block ended with.
    private var signatureBytes = 0
    /// Where counting has come to: what is read a second time is not counted again.
    private var countedEnd = 0

    /// - Parameter checkpoint: called for every block that is read; what it throws ends the reading.
    init(_ file: URL, checkpoint: @escaping () throws -> Void) throws(ArchiveError) {
        // Not blocking: opening a fifo would wait for its writer.
        descriptor = Glibc.open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        self.checkpoint = checkpoint
        var status = stat()
        let isOpen = descriptor >= 0 && fstat(descriptor, &status) == 0
        length = Int(status.st_size)
        guard isOpen else { throw Self.unreadable(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ArchiveError(.unreadable, "It is not a file.")
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        block.deallocate()
    }

    private static func unreadable(_ code: Int32) -> ArchiveError {
        ArchiveError(.unreadable, "It cannot be read: \(String(cString: strerror(code))).")
    }

    /// Reads elsewhere, without moving where libarchive is.
    /// - Returns: fewer bytes than asked for at the end of the file.
    func bytes(_ range: Range<Int>) throws(ArchiveError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, range.lowerBound) }
        guard count >= 0 else { throw Self.unreadable(errno) }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    // MARK: libarchive's callbacks

    /// The next block; empty at the end of the file, nil after a failure.
    fileprivate func read() -> UnsafeRawBufferPointer? {
        do {
            if let failure { throw failure }
            try checkpoint()
            let count = pread(descriptor, block.baseAddress, block.count, position)
            guard count >= 0 else { throw Self.unreadable(errno) }
            let read = UnsafeRawBufferPointer(rebasing: block[..<count])
            try countDirectoryRecords(in: read)
            position += count
            return read
        } catch {
            failure = error
            return nil
        }
    }

    fileprivate func skip(_ count: Int) -> Int {
        let skipped = max(0, min(count, length - position))
        position += skipped
        return skipped
    }

    /// - Returns: the new position, or -1.
    fileprivate func seek(_ offset: Int, _ whence: Int32) -> Int {
        let base =
            switch whence {
            case SEEK_SET: 0
            case SEEK_CUR: position
            default: length
            }
        let (target, overflow) = base.addingReportingOverflow(offset)
        guard !overflow, target >= 0, target <= length else { return -1 }
        signatureBytes = 0
        position = target
        return target
    }

    /// Counts the signature PK\1\2 wherever it stands: that may be more than the records there are, and never less.
    private func countDirectoryRecords(in bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        guard var left = directoryRecordsLeft, position + bytes.count > countedEnd else { return }
        let new = max(0, countedEnd - position)
        countedEnd = position + bytes.count
        for byte in bytes[new...] {
            switch (signatureBytes, byte) {
            case (1, 0x4B), (2, 1): signatureBytes += 1
            case (3, 2):
                left -= 1
                signatureBytes = 0
            default: signatureBytes = byte == 0x50 ? 1 : 0
            }
        }
        directoryRecordsLeft = left
        guard left >= 0 else { throw .tooManyEntries }
    }
}

extension ArchiveFile {
    private static func of(_ context: UnsafeMutableRawPointer?) -> ArchiveFile? {
        context.map { Unmanaged<ArchiveFile>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Has `archive` read this file from its beginning. The file must outlive it.
    func open(in archive: OpaquePointer) -> Int32 {
        position = 0
        return regraft_archive_open(
            archive, Unmanaged.passUnretained(self).toOpaque(),
            { _, context, start in
                guard let bytes = ArchiveFile.of(context)?.read() else { return -1 }
                start?.pointee = bytes.baseAddress
                return bytes.count
            },
            { _, context, offset, whence in Int64(ArchiveFile.of(context)?.seek(Int(offset), whence) ?? -1) },
            { _, context, count in Int64(ArchiveFile.of(context)?.skip(Int(count)) ?? 0) })
    }
}

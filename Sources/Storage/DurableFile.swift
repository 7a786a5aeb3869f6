public import Foundation
import Glibc

/// Files that are either there whole or not at all.
public enum DurableFile {
    /// Writes a file under its final name only once all of it is on the disk: temporary file beside it → fsync → rename →
    /// fsync of the folder.
    /// - Throws: `CocoaError` or `POSIXError`; what was under the name before is then still there.
    public static func write(_ data: Data, to file: URL) throws {
        let folder = file.deletingLastPathComponent()
        let temporary = folder.appendingPathComponent(".\(file.lastPathComponent).\(UUID().uuidString.prefix(8))")
        var isInPlace = false
        defer { if !isInPlace { try? FileManager.default.removeItem(at: temporary) } }
        try data.write(to: temporary)
        try synchronise(temporary.path, flags: O_WRONLY)
        guard rename(temporary.path, file.path) == 0 else { throw POSIXError.last }
        isInPlace = true
        try synchronise(folder.path, flags: O_RDONLY | O_DIRECTORY)
    }

    /// Waits until a file's or folder's content is on the disk. An error is final: after a failed fsync the kernel has
    /// dropped the pages it could not write, and a second call would report success for data that is gone.
    static func synchronise(_ path: String, flags: Int32) throws {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError.last }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw POSIXError.last }
    }
}

extension POSIXError {
    static var last: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}

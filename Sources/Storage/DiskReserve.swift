package import Foundation
import Glibc
import Synchronization

/// A file of some megabytes that holds room for the last thing a full disk must still allow: to delete. A deletion, too, is
/// written before anything goes.
///
/// Safe to call from any thread; calls block on the disk for a moment.
package final class DiskReserve: Sendable {
    /// Bytes: the log of a deletion of some ten thousand photos.
    package static let size = 4 << 20
    /// Bytes that are free beside it before it is made, or it would be what fills the disk.
    private static let margin = 1 << 20

    private let file: String
    private let folder: String
    /// Whether the file is there whole.
    private let isHeld = Mutex(false)

    package init(folder: URL) {
        self.folder = folder.path
        file = folder.appendingPathComponent("reserve").path
        var status = stat()
        let isThere = stat(file, &status) == 0 && Int(status.st_blocks) * 512 >= Self.size
        isHeld.withLock { $0 = isThere }
        // Started on a full disk, where not even SQLite's index of its log would fit.
        if let free = try? FreeSpace.bytes(at: folder.path), free < Self.margin { release() }
    }

    /// Whether there is something to release.
    package var isFilled: Bool { isHeld.withLock { $0 } }

    /// Makes it where it is missing and there is room for it.
    package func fill() {
        isHeld.withLock { isHeld in
            guard !isHeld, let free = try? FreeSpace.bytes(at: folder), free >= Self.size + Self.margin else { return }
            let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { return }
            // Not a hole, which holds no room.
            isHeld = posix_fallocate(descriptor, 0, off_t(Self.size)) == 0
            close(descriptor)
            if !isHeld { unlink(file) }
        }
    }

    /// Gives its room to whoever writes next.
    /// - Returns: whether there was any.
    @discardableResult
    package func release() -> Bool {
        isHeld.withLock { isHeld in
            defer { isHeld = false }
            return unlink(file) == 0 && isHeld
        }
    }
}

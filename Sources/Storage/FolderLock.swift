import Domain
import Foundation
import Glibc
import Synchronization

/// Keeps other processes out of a folder: `flock` on its file `LOCK`, which holds the number of the process. The kernel releases
/// it however the process ends.
final class FolderLock: Sendable {
    /// -1 once it is released.
    private let descriptor: Mutex<Int32>

    /// - Throws: `RegraftError` (`data_folder_in_use`) or `POSIXError`.
    init(_ folder: URL) throws {
        let file = folder.appendingPathComponent("LOCK").path
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError.last }
        self.descriptor = Mutex(descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw POSIXError.last }
            let holder = (try? String(contentsOfFile: file, encoding: .utf8))?.filter(\.isNumber) ?? ""
            throw RegraftError(
                "data_folder_in_use",
                "The data folder \(folder.path) is in use\(holder.isEmpty ? "" : " by the process \(holder)"). Stop that, or name "
                    + "another folder.")
        }
        let text = Array("\(getpid())\n".utf8)
        // Not cut off before, which would give a full disk's last page away.
        guard pwrite(descriptor, text, text.count, 0) == text.count, ftruncate(descriptor, off_t(text.count)) == 0
        else {
            throw POSIXError.last
        }
    }

    deinit { release() }

    func release() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { close(descriptor) }
            descriptor = -1
        }
    }
}

import Domain
import Foundation
import Glibc

/// A folder of its own for each run.
enum RunFolder {
    /// The folder itself where it is missing or empty, else the first of `run-2`, `run-3`, … in it that is not there yet.
    /// - Throws: `RegraftError` (`unwritable_output`).
    static func make(in folder: URL) throws -> URL {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            guard try !FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty else { return folder }
        } catch { throw RegraftError("unwritable_output", "The folder \(folder.path) cannot be used.", cause: error) }
        for number in 2... {
            let inner = folder.appendingPathComponent("run-\(number)", isDirectory: true)
            // Two runs at once do not get the same one: only one of them makes it.
            if mkdir(inner.path, 0o777) == 0 { return inner }
            let code = errno
            guard code == EEXIST else {
                throw RegraftError(
                    "unwritable_output", "The folder \(inner.path) cannot be made.",
                    cause: POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO))
            }
        }
        return folder
    }
}

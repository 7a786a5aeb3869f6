import Domain
package import Foundation
import Glibc

/// A folder of its own for each run.
package enum RunFolder {
    /// The folder itself where it is missing or empty, else the first of `run-2`, `run-3`, … in it that is not there yet.
    ///
    /// Of runs at once each gets another: a folder is a run's only once that has made something there, the folder `train` in
    /// this one.
    /// - Throws: `RegraftError` (`unwritable_output`).
    package static func make(in folder: URL) throws -> URL {
        var isEmpty = false
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            isEmpty = try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty
        } catch { throw RegraftError("unwritable_output", "The folder \(folder.path) cannot be used.", cause: error) }
        if isEmpty, try isNew(folder.appendingPathComponent("train")) { return folder }
        var number = 2
        while true {
            let inner = folder.appendingPathComponent("run-\(number)", isDirectory: true)
            if try isNew(inner) { return inner }
            number += 1
        }
    }

    /// Makes it; false where it is there.
    private static func isNew(_ folder: URL) throws -> Bool {
        if mkdir(folder.path, 0o777) == 0 { return true }
        let code = errno
        guard code == EEXIST else {
            throw RegraftError(
                "unwritable_output", "The folder \(folder.path) cannot be made.",
                cause: POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO))
        }
        return false
    }
}

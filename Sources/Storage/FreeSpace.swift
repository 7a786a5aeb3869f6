import Foundation
import Glibc

enum FreeSpace {
    /// What this user can still write to the file system that a path is on, in bytes.
    static func bytes(at path: String) throws -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw POSIXError.last }
        return Int(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    }
}

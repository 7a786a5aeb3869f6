import Domain
import Foundation
import GRDB

/// What went wrong below the storage.
public enum StorageFailure {
    /// Whether the disk, or this user's share of it, is full, whatever has noticed it: the file system, Foundation or SQLite.
    ///
    /// SQLite tells only a full disk from other faults; a quota that is used up it reports as a failed write.
    public static func isDiskFull(_ error: any Error) -> Bool {
        switch error {
        // Without a cause the disk is not full yet, only to be kept from it, and the error has its own words.
        case let error as RegraftError:
            error.code == "disk_full" ? error.cause != nil : error.cause.map(isDiskFull) ?? false
        case let error as DatabaseError: error.resultCode.primaryResultCode == .SQLITE_FULL
        case let error as POSIXError: [.ENOSPC, .EDQUOT].contains(error.code)
        case let error as CocoaError:
            error.code == .fileWriteOutOfSpace || error.underlying.map(isDiskFull) ?? false
        default: false
        }
    }

    /// Less would be free than the setting says is to be kept.
    static func tooLittleRoom(free: Int, wanted: Int, minimum: Int) -> RegraftError {
        RegraftError(
            "disk_full",
            "There is no room: \(megabytes(free)) are free where the data is, "
                + (wanted > 0 ? "\(megabytes(wanted)) are to be stored, " : "")
                + "and \(megabytes(minimum)) must stay free (data.minimum_free_bytes). Make room, by deleting datasets or "
                + "models for instance.")
    }

    /// Rounded down.
    private static func megabytes(_ bytes: Int) -> String { "\(bytes / 1_000_000) MB" }
}

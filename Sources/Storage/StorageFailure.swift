public import Domain
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

    /// Less is free than the setting says is to be kept.
    static func tooLittleRoom(free: Int, minimum: Int) -> RegraftError {
        RegraftError(
            "disk_full",
            "\(free) bytes are free where the data is, and data.minimum_free_bytes keeps \(minimum). Make room, by deleting "
                + "datasets or models for instance, or lower that setting, and submit it again.")
    }

    /// What to tell whoever has sent it.
    public static func diskFull(_ cause: any Error) -> RegraftError {
        RegraftError(
            "disk_full",
            "The disk that holds the data is full, so nothing of this was kept. Make room, or delete datasets and models that are "
                + "not needed, and try again.", cause: cause)
    }
}

import Archives
import Domain
import Fetch
import Storage

/// What the failure of an attempt means.
struct JobFailure {
    let jobError: JobError
    /// Whether trying again would only fail again.
    let isFinal: Bool

    init(_ error: any Error) {
        // Before its kind: it may be the cause of any.
        guard !StorageFailure.isDiskFull(error) else {
            jobError = JobError(
                code: "disk_full",
                message:
                    "The disk is full. Make room, by deleting datasets or models for instance, and submit it again.")
            isFinal = true
            return
        }
        switch error {
        case let error as RegraftError:
            jobError = JobError(code: error.code.rawValue, message: error.description)
            isFinal = !Self.passing.contains(error.code)
        case let error as ArchiveError:
            jobError = JobError(code: error.code.rawValue, message: "The archive cannot be used: \(error.message)")
            isFinal = error.code != .unreadable
        case let error as FetchError:
            jobError = JobError(code: error.code.rawValue, message: error.message)
            isFinal = true
        case let error as ImageError:
            jobError = JobError(code: error.code.rawValue, message: "A photo cannot be used: \(error.reason).")
            isFinal = true
        default:
            jobError = JobError(code: "internal", message: "Something went wrong inside the server: \(error)")
            isFinal = false
        }
    }

    /// What has to do with the moment and not with the job.
    private static let passing: Set<RegraftError.Code> = ["inference_failed", "expired", "overloaded"]
}

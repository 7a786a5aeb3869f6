public import Domain
public import Foundation
import Logging
public import Storage

extension JobLogs {
    /// Removes the logs of jobs that were deleted, of those that were over before a time, and then, from the one that was over
    /// first, of so many more that the rest is no larger than the limit. Logs of jobs that are not over stay, and whatever in
    /// the folder is not named like a job. One that cannot be removed stays, with a warning, and keeps no other.
    /// - Parameter limit: bytes on the disk.
    /// - Returns: whose logs are gone.
    @discardableResult
    public func prune(
        _ catalog: any JobCatalog, finishedBefore time: Date, atMost limit: Int
    ) async throws -> [JobID] {
        var (removed, kept): ([JobID], [(id: JobID, finished: Date?, bytes: Int)]) = ([], [])
        for name in try await pool.run({ [folder] _ in try FolderTree.names(in: folder) }) {
            guard let id = JobID(wellFormed: name) else { continue }
            let job = try await catalog.job(id)
            var finished: Date? = .distantPast
            if let job { finished = job.state.isFinal ? job.finishedAt ?? .distantPast : nil }
            if let finished, finished < time {
                if try await remove(id) { removed.append(id) }
            } else {
                kept.append((id, finished, try await byteCount(id)))
            }
        }
        var sum = kept.reduce(0) { $0 + $1.bytes }
        let over = kept.compactMap { log in log.finished.map { (log.id, $0, log.bytes) } }
            .sorted { ($0.1, $0.0.text) < ($1.1, $1.0.text) }
        for (id, _, bytes) in over {
            guard sum > limit else { break }
            guard try await remove(id) else { continue }
            removed.append(id)
            sum -= bytes
        }
        return removed
    }

    private func tree(_ job: JobID) -> FolderTree { FolderTree(job.text, in: folder) }

    /// What of it can be looked at.
    private func byteCount(_ job: JobID) async throws -> Int {
        try await attempt("a job's log cannot be looked at", job) { try $0.byteCount() } ?? 0
    }

    /// - Returns: whether it is gone.
    private func remove(_ job: JobID) async throws -> Bool {
        try await attempt("a job's log cannot be removed", job) { try $0.remove() } != nil
    }

    /// - Returns: nil, and there is a warning, where it failed.
    /// - Throws: `CancellationError`.
    private func attempt<Value: Sendable>(
        _ failure: Logger.Message, _ job: JobID, _ body: @escaping @Sendable (FolderTree) throws -> Value
    ) async throws -> Value? {
        do { return try await pool.run { _ in try body(self.tree(job)) } } catch let error as POSIXError {
            log.warning(failure, metadata: ["job": "\(job)", "error": "\(error.localizedDescription)"])
            return nil
        }
    }
}

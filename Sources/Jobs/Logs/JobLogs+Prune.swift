public import Domain
public import Foundation
public import Storage

extension JobLogs {
    /// Removes the logs of jobs that were deleted, of those that were over before a time, and then, from the one that was over
    /// first, of so many more that the rest is no larger than the limit. Logs of jobs that are not over stay, and whatever in
    /// the folder is not named like a job.
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
                try await remove(id)
                removed.append(id)
            } else {
                kept.append((id, finished, try await pool.run { _ in try self.tree(id).byteCount() }))
            }
        }
        var sum = kept.reduce(0) { $0 + $1.bytes }
        let over = kept.compactMap { log in log.finished.map { (log.id, $0, log.bytes) } }
            .sorted { ($0.1, $0.0.text) < ($1.1, $1.0.text) }
        for (id, _, bytes) in over {
            guard sum > limit else { break }
            try await remove(id)
            removed.append(id)
            sum -= bytes
        }
        return removed
    }

    private func tree(_ job: JobID) -> FolderTree { FolderTree(job.text, in: folder) }

    private func remove(_ job: JobID) async throws {
        try await pool.run { _ in try self.tree(job).remove() }
    }
}

import Archives
import Domain
import Foundation
import Storage
import Workers

/// Makes a dataset's version of an archive: paths first, to find out where the labels are, then the photos, batch by batch,
/// in memory that does not grow with the archive.
struct IngestJob: Sendable {
    private let environment: JobEnvironment
    private let running: RunningJob
    private let specification: IngestSpecification

    init(_ environment: JobEnvironment, _ running: RunningJob, _ specification: IngestSpecification) {
        self.environment = environment
        self.running = running
        self.specification = specification
    }

    /// - Throws: what ends the attempt; `CancellationError`.
    func run() async throws {
        running.begin(.ingest)
        try await environment.catalog.restartIngest(running.lease)
        switch specification.source {
        case .archive(let digest, _):
            let found = try await environment.ingestPool.run { [blobs = environment.blobs] _ in
                try blobs.file(of: digest)
            }
            guard let file = found else {
                throw RegraftError("missing_archive", "The uploaded archive is no longer on the disk; upload it again.")
            }
            try await ingest(file)
        case .url(let url):
            let file = environment.temporaryFolder.appendingPathComponent("fetched-\(UUID().uuidString)")
            let result: Result<Void, any Error>
            do {
                try await fetch(url, to: file)
                result = .success(try await ingest(file))
            } catch { result = .failure(error) }
            await remove(file)
            try result.get()
        }
    }

    /// Gigabytes, perhaps: on a worker, though the job has been cancelled.
    private func remove(_ file: URL) async {
        let pool = environment.ingestPool
        await Task { try? await pool.run { _ in try FileManager.default.removeItem(at: file) } }.value
    }

    /// How much of a transfer is stored before it is looked again whether there is room.
    private static let bytesBetweenChecks = 4 << 20

    private func fetch(_ url: String, to file: URL) async throws {
        let (fetcher, running, room) = (environment.fetcher, running, environment.room)
        running.count(.bytes, total: 0)
        _ = try await environment.ingestPool.run { cancellation in
            guard FileManager.default.createFile(atPath: file.path, contents: nil) else { throw POSIXError(.EIO) }
            let handle = try FileHandle(forWritingTo: file)
            defer { try? handle.close() }
            var unchecked = Self.bytesBetweenChecks
            return try fetcher.download(
                url, cancellation: cancellation,
                progress: { received, total in running.report(done: received, total: total ?? 0) },
                into: { bytes in
                    unchecked += bytes.count
                    if unchecked >= Self.bytesBetweenChecks {
                        try room.check()
                        unchecked = 0
                    }
                    try handle.write(contentsOf: Data(bytes))
                })
        }
    }

    private func ingest(_ file: URL) async throws {
        let limits = environment.archiveLimits
        let (wanted, running) = (specification.layout, running)
        running.count(.bytes, total: 0)
        let (batches, total) = try await environment.ingestPool.run { flag in
            let (survey, list) = try ArchiveBatches.survey(file, limits: limits, flag) { done, total in
                running.report(done: done, total: total)
            }
            let layout = try ArchiveLayout(wanted, survey, list: list, maximumRows: limits.maximumEntries) {
                try flag.check()
            }
            return (try ArchiveBatches(file, layout, limits: limits), survey.count(under: layout))
        }
        running.count(.photos, total: total)
        let intake = PhotoIntake(
            blobs: environment.blobs, pool: environment.intakePool, limits: environment.imageLimits)
        let pool = environment.ingestPool
        let next: @Sendable () async throws -> ArchiveBatches.Batch? = { [room = environment.room] in
            try await pool.run { flag in
                let batch = try batches.next(flag)
                if batch != nil { try room.check() }
                return batch
            }
        }
        var (done, count, refused): (Int, Int, [RefusedFile]) = (0, 0, [])
        var (refusedCount, ignored) = (0, 0)
        var current = try await next()
        while let batch = current {
            // The next files are read while these are decoded.
            async let following = next()
            let stored = try await environment.gate.withWriting { try await store(batch, intake) }
            count += stored.images
            refusedCount += stored.refused.count
            ignored += batch.ignored
            if refused.count < 3 { refused += stored.refused.prefix(3) }
            done += batch.count
            running.report(done: done, total: total)
            current = try await following
        }
        guard count > 0 else { throw Self.nothingUsable(refused, of: refusedCount, ignored: ignored) }
        try Task.checkCancellation()
        try await running.save(in: environment.catalog)
        let version = try await environment.catalog.completeIngest(running.lease, at: .now).version
        if version.refusedCount > 0 {
            running.warn(
                "refused_files",
                "\(version.refusedCount == 1 ? "1 file was" : "\(version.refusedCount) files were") not taken; the report of version \(version.number) names each with its reason"
            )
        }
    }

    private func store(
        _ batch: ArchiveBatches.Batch, _ intake: PhotoIntake
    ) async throws -> (images: Int, refused: [RefusedFile]) {
        // Where the job turns out to be over, nothing refers to them, and the sweeper takes them.
        let results = try await intake.store(batch.photos.map(\.bytes), hold: environment.gate.hold())
        var (images, refused): ([NewImage], [RefusedFile]) = ([], batch.refused + batch.missing)
        for (photo, result) in zip(batch.photos, results) {
            switch result {
            case .success(let digest):
                images.append(
                    NewImage(digest: digest, label: photo.label, fileName: photo.fileName, byteCount: photo.bytes.count)
                )
            case .failure(let error):
                refused.append(RefusedFile(path: photo.path, code: error.code.rawValue, reason: error.reason))
            }
        }
        try await environment.catalog.ingest(images, refused: refused, ignored: batch.ignored, running.lease)
        return (images.count, refused)
    }

    private static func nothingUsable(_ refused: [RefusedFile], of count: Int, ignored: Int) -> RegraftError {
        var message =
            "The archive has no photo that can be used. Put the photos of each class in a folder of its own: roses/1.jpg, "
            + "tulips/2.jpg."
        let reasons = refused.prefix(3).map { "\($0.path.printable): \($0.reason)" }.joined(separator: "; ")
        if !reasons.isEmpty {
            let kept = DatasetVersion.failedReportLimit
            message +=
                " Refused were: \(reasons). The version's report names "
                + (count > kept ? "the first \(kept) of \(count)." : "them all.")
        }
        if ignored > 0 {
            message += " Hidden files and what operating systems leave behind were passed over: \(ignored)."
        }
        return RegraftError("no_usable_images", message)
    }
}

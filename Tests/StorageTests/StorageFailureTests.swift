import Domain
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

struct StorageFailureTests {
    @Test(
        arguments: [
            (POSIXError(.ENOSPC), true), (POSIXError(.EDQUOT), true), (POSIXError(.EIO), false),
            (CocoaError(.fileWriteOutOfSpace), true), (CocoaError(.fileNoSuchFile), false),
            (DatabaseError(resultCode: .SQLITE_FULL), true), (DatabaseError(resultCode: .SQLITE_IOERR), false),
            (RegraftError("x", "", cause: POSIXError(.ENOSPC)), true), (RegraftError("x", ""), false),
            (RegraftError("disk_full", "", cause: CancellationError()), true), (RegraftError("disk_full", ""), false),
            (CancellationError(), false),
        ] as [(any Error, Bool)])
    func knowsAFullDisk(_ error: any Error, _ isFull: Bool) { #expect(StorageFailure.isDiskFull(error) == isFull) }

    // A real one: what was there before stays, and when there is room again all goes on.
    @Test func survivesAFullDisk() async throws {
        let disk = try SmallDisk()
        guard disk.isMounted else { return printSkipped("a full disk", because: "this user cannot mount one") }
        let folder = try DataFolder(disk.url)
        let kept = try folder.blobs.put(Data("kept".utf8))
        try await folder.catalog.add([photo(1, "cat")])

        let filler = disk.url.appendingPathComponent("filler")
        let failure = #expect(throws: (any Error).self) {
            for _ in 0..<100 {
                let writer = try folder.blobs.makeWriter()
                try Data(repeating: 7, count: 1 << 20).withUnsafeBytes { try writer.append($0) }
            }
            // Each was let go of again: only many at once fill it.
            let writers = try (0..<100).map { number in
                let writer = try folder.blobs.makeWriter()
                try Data(repeating: UInt8(number), count: 1 << 20).withUnsafeBytes { try writer.append($0) }
                return writer
            }
            for writer in writers { _ = try writer.commit(length: nil) }
        }
        #expect(failure.map(StorageFailure.isDiskFull) == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.temporaryFolder.path).isEmpty)

        // Now the catalog, with not a page left.
        _ = FileManager.default.createFile(atPath: filler.path, contents: nil)
        let handle = try FileHandle(forWritingTo: filler)
        while (try? handle.write(contentsOf: Data(count: 4096))) != nil {}
        var error: (any Error)?
        do {
            for number in 0..<2_000 { try await folder.catalog.add([photo(number, "cat")], to: birds) }
        } catch let caught { error = caught }
        #expect(error.map(StorageFailure.isDiskFull) == true)
        #expect(try folder.blobs.read(kept) == Data("kept".utf8))
        #expect(try await folder.catalog.digests(version: 1) == [digest(1)])
        try handle.close()
        try FileManager.default.removeItem(at: filler)
        try await folder.catalog.add([photo(2, "cat")])
        #expect(try await folder.catalog.digests(version: 2) == [digest(1), digest(2)])
        try folder.close()
    }
}

extension StorageFailureTests {
    // With not a byte left nothing can be added, and all the same be deleted; and the folder closed and opened.
    @Test func deletesOnAFullDisk() async throws {
        let disk = try SmallDisk()
        guard disk.isMounted else { return printSkipped("a full disk", because: "this user cannot mount one") }
        let folder = try DataFolder(disk.url)
        let reserve = disk.url.appendingPathComponent("reserve").path
        #expect(FileManager.default.fileExists(atPath: reserve))
        try await folder.catalog.add((0..<2_000).map { photo($0, "cat") })
        try await folder.catalog.add([photo(1, "dog")], to: birds)
        try fill(disk)
        var error: (any Error)?
        do { for number in 3_000..<4_000 { try await folder.catalog.add([photo(number, "cat")]) } } catch let caught {
            error = caught
        }
        #expect(error.map(StorageFailure.isDiskFull) == true)
        try await folder.catalog.deleteDataset(pets)
        #expect(try await folder.catalog.dataset(pets) == nil)
        #expect(!FileManager.default.fileExists(atPath: reserve))

        // What it gave is somebody else's now; there is no room to make it again.
        try fill(disk, "more")
        await folder.refillReserve()
        #expect(!FileManager.default.fileExists(atPath: reserve))
        try folder.close()
        for name in ["filler", "more"] {
            try FileManager.default.removeItem(at: disk.url.appendingPathComponent(name))
        }
        let again = try DataFolder(disk.url)
        #expect(FileManager.default.fileExists(atPath: reserve))
        #expect(try await again.catalog.dataset(pets) == nil)
        #expect(try await again.catalog.dataset(birds) != nil)
        try again.close()
    }

    // A job that fails because the disk is full ends, and its dataset is free; and so does all else that gives room, though
    // the reserve has gone.
    @Test func endsJobsOnAFullDisk() async throws {
        let disk = try SmallDisk()
        guard disk.isMounted else { return printSkipped("a full disk", because: "this user cannot mount one") }
        let folder = try DataFolder(disk.url)
        let catalog = folder.catalog
        for (dataset, archive) in [(pets, 1), (birds, 2)] {
            let ingest = IngestSpecification(
                dataset: dataset, source: .archive(digest: digest(archive), byteCount: 1), layout: .automatic,
                mode: .replace)
            _ = try await catalog.submit(ingest, priority: 0, idempotency: nil, at: .now)
        }
        let (first, second) = (try await catalog.claim(.ingest, lease: 30, at: .now), try await fullClaim(disk, folder))
        let error = JobError(code: "disk_full", message: "The disk is full.")
        for claim in [first, second] {
            let lease = try #require(claim?.lease)
            #expect(try await catalog.finish(lease, as: .failed, error: error, at: .now).state == .failed)
        }
        for dataset in [pets, birds] { #expect(try await catalog.dataset(dataset)?.ingesting == nil) }
        try folder.close()
    }

    /// A claim of the next job when nothing can be added any more.
    private func fullClaim(_ disk: SmallDisk, _ folder: DataFolder) async throws -> (job: Job, lease: JobLease)? {
        try fill(disk)
        var error: (any Error)?
        do {
            for number in 3_000..<4_000 {
                try await folder.catalog.add([photo(number, "cat")], to: ResourceName(trusted: "fish"))
            }
        } catch let caught {
            error = caught
        }
        #expect(error.map(StorageFailure.isDiskFull) == true)
        return try await folder.catalog.claim(.ingest, lease: 30, at: .now)
    }

    // Not even the log's index fits beside the full disk's files.
    @Test func opensOnAFullDisk() async throws {
        let disk = try SmallDisk()
        guard disk.isMounted else { return printSkipped("a full disk", because: "this user cannot mount one") }
        let folder = try DataFolder(disk.url)
        try await folder.catalog.add([photo(1, "cat")])
        try folder.close()
        try fill(disk)
        let again = try DataFolder(disk.url)
        try await again.catalog.deleteDataset(pets)
        try again.close()
    }

    /// To the last byte.
    private func fill(_ disk: SmallDisk, _ name: String = "filler") throws {
        let filler = disk.url.appendingPathComponent(name)
        _ = FileManager.default.createFile(atPath: filler.path, contents: nil)
        let handle = try FileHandle(forWritingTo: filler)
        while (try? handle.write(contentsOf: Data(count: 4096))) != nil {}
        try handle.close()
    }
}

/// Eight megabytes of memory as a disk, where this user may mount one.
private final class SmallDisk {
    private let folder: TemporaryFolder
    let isMounted: Bool
    var url: URL { folder.url }

    init() throws {
        folder = try TemporaryFolder()
        isMounted = Self.run("mount", ["-t", "tmpfs", "-o", "size=8m", "regraft-test", folder.url.path])
    }

    deinit { if isMounted { _ = Self.run("umount", ["--lazy", folder.url.path]) } }

    private static func run(_ command: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [command] + arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

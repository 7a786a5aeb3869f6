public import Domain
public import Foundation
import Synchronization

/// `data/`, all that a server keeps; it belongs to one process at a time.
public final class DataFolder: Sendable {
    public let url: URL
    public let catalog: any Catalog
    public let blobs: any BlobStore
    public let bottlenecks: any BottleneckCache
    /// Where an unreadable bottleneck cache went, if there was one.
    public let putAside: URL?
    /// Names this process's life.
    public let boot: String
    /// For files that nobody reads after this process: `tmp/<boot>`, on the same disk as the blobs.
    public let temporaryFolder: URL
    /// Whoever stores blobs goes through it.
    public let gate = BlobGate()
    public let sweeper: BlobSweeper
    package let reserve: DiskReserve

    private let lock: FolderLock
    private let closeDatabases: @Sendable () throws -> Void

    /// Opens the folder, making what is missing, and drops what earlier processes left half-written.
    /// - Throws: `RegraftError`: `data_folder_in_use`, `data_folder_unusable`, `catalog_unusable`, `cache_unusable`.
    public init(_ url: URL) throws {
        self.url = url
        boot = UUID().uuidString
        temporaryFolder = url.appendingPathComponent("tmp").appendingPathComponent(boot)
        do {
            try Self.refuseOthersFiles(url)
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            lock = try FolderLock(url)
            reserve = DiskReserve(folder: url)
            // The first to touch anything comes after the lock.
            blobs = try FileBlobStore(folder: url, boot: boot)
        } catch let error as RegraftError {
            throw error
        } catch {
            throw RegraftError(
                "data_folder_unusable",
                "The data folder \(url.path) cannot be used. Check that it can be written, or name another one.",
                cause: error)
        }
        let catalog = try SQLiteCatalog(folder: url, reserve: reserve)
        let (cache, putAside) = try SQLiteBottleneckCache.open(in: url)
        (self.catalog, bottlenecks, self.putAside) = (catalog, cache, putAside)
        sweeper = BlobSweeper(catalog: catalog, blobs: blobs, gate: gate, bottlenecks: cache)
        reserve.fill()
        closeDatabases = {
            defer { try? cache.close() }
            try catalog.close()
        }
    }

    /// What this user can still write, in bytes.
    public func freeBytes() throws -> Int { try FreeSpace.bytes(at: url.path) }

    /// Sets aside what deletions need on a full disk, where it was used and there is room for it again.
    public func refillReserve() async {
        guard !reserve.isFilled else { return }
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { [reserve] in
                reserve.fill()
                continuation.resume()
            }
        }
    }

    /// Waits for what is under way; later calls throw. Then another process may have the folder.
    public func close() throws {
        defer { lock.release() }
        try closeDatabases()
    }
}

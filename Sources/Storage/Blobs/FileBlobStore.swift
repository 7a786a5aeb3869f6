import Crypto
public import Domain
public import Foundation
import Glibc
import Synchronization

/// Blobs as files: `blobs/sha256/ab/<64 hexadecimal digits>`.
///
/// A blob is written to `tmp/<boot>/`, its length and digest are checked, it is synchronised to the disk, then linked to
/// its final name, and then that folder is synchronised. So under a final name there is always a whole blob, and one that
/// `commit` has returned survives a power cut.
public final class FileBlobStore: BlobStore {
    private let blobs: URL
    private let temporary: URL
    /// First bytes whose folders are known to be on the disk, so that it need not be waited for again.
    private let durableFolders = Mutex<Set<UInt8>>([])

    /// Opens the store, making its folders where they are missing, and removes what earlier boots left half-written. One
    /// process at a time may have a store open.
    /// - Parameter boot: names this process's temporary folder.
    public init(folder: URL, boot: String = UUID().uuidString) throws {
        blobs = folder.appendingPathComponent("blobs/sha256")
        let parent = folder.appendingPathComponent("tmp")
        temporary = parent.appendingPathComponent(boot)
        try FileManager.default.createDirectory(at: blobs, withIntermediateDirectories: true)
        for other in (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? [] where other != boot {
            try FileManager.default.removeItem(at: parent.appendingPathComponent(other))
        }
        try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
        for made in [blobs, blobs.deletingLastPathComponent(), folder] { Self.synchroniseFolder(made) }
    }

    public func makeWriter() throws -> any BlobWriter {
        try FileBlobWriter(temporary.appendingPathComponent(UUID().uuidString), store: self)
    }

    public func file(of digest: PhotoDigest) throws -> URL? {
        let file = path(of: digest)
        return FileManager.default.fileExists(atPath: file.path) ? file : nil
    }

    public func digests(beginningWith byte: UInt8) throws -> [PhotoDigest] {
        let folder = blobs.appendingPathComponent(CollectionOfOne(byte).hexadecimal)
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .compactMap { PhotoDigest(hexadecimal: $0) }.filter { $0.bytes[0] == byte }
    }

    public func read(_ digest: PhotoDigest) throws -> Data? {
        let file = path(of: digest)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let data = try Data(contentsOf: file)
        guard SHA256.hash(data: data).elementsEqual(digest.bytes) else {
            throw RegraftError(
                "damaged_blob", "The blob \(digest) has been damaged on the disk: its bytes have another SHA-256.")
        }
        return data
    }

    public func remove(_ digest: PhotoDigest) throws {
        guard unlink(path(of: digest).path) != 0, errno != ENOENT else { return }
        throw POSIXError.last
    }

    private func path(of digest: PhotoDigest) -> URL {
        let name = digest.description
        return blobs.appendingPathComponent(String(name.prefix(2))).appendingPathComponent(name)
    }

    /// Gives a synchronised temporary file its final name, and waits until that is on the disk.
    func adopt(_ file: URL, _ digest: PhotoDigest) throws {
        let final = path(of: digest)
        let folder = final.deletingLastPathComponent()
        try makeDurable(folder, for: digest.bytes[0])
        // Linking, unlike renaming, never replaces: whoever comes second with the same bytes finds them there. Unless the disk
        // has damaged them since; then they are replaced by these.
        if link(file.path, final.path) != 0 {
            guard errno == EEXIST else { throw POSIXError.last }
            if !isWhole(final, digest) {
                guard rename(file.path, final.path) == 0 else { throw POSIXError.last }
            }
        }
        // Also where it was there before: whoever has linked it may not have come this far yet.
        Self.synchroniseFolder(folder)
    }

    private func makeDurable(_ folder: URL, for byte: UInt8) throws {
        guard !durableFolders.withLock({ $0.contains(byte) }) else { return }
        guard mkdir(folder.path, 0o777) == 0 || errno == EEXIST else { throw POSIXError.last }
        // Also where it was there before, if only for the first blob: whoever made it may not have come this far.
        Self.synchroniseFolder(blobs)
        _ = durableFolders.withLock { $0.insert(byte) }
    }

    /// In pieces: an archive may be longer than the memory.
    private func isWhole(_ file: URL, _ digest: PhotoDigest) -> Bool {
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var hash = SHA256()
        // Not mapped: a disk that cannot read it would then end the process.
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return false }
            guard count > 0 else { return hash.finalize().elementsEqual(digest.bytes) }
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Ends the process where it fails: what was acknowledged might not be on the disk, the kernel has forgotten which
    /// pages those were, and trying again would report success.
    private static func synchroniseFolder(_ folder: URL) {
        do { try DurableFile.synchronise(folder.path, flags: O_RDONLY | O_DIRECTORY) } catch {
            fatalError(
                "\(folder.path) could not be synchronised to the disk (\(error)); stopping to keep what is there")
        }
    }
}

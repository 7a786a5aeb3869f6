import Crypto
public import Domain
public import Foundation
import Glibc

/// Blobs as files: `blobs/sha256/ab/<64 hexadecimal digits>`.
///
/// A blob is written to `tmp/<boot>/`, its length and digest are checked, it is synchronised to the disk, then linked to
/// its final name, and then that folder is synchronised. So under a final name there is always a whole blob, and one that
/// `commit` has returned survives a power cut.
public final class FileBlobStore: BlobStore {
    private let blobs: URL
    private let temporary: URL

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

    public func file(of digest: PhotoDigest) throws -> URL? {
        let file = path(of: digest)
        return FileManager.default.fileExists(atPath: file.path) ? file : nil
    }

    public func contains(_ digest: PhotoDigest) throws -> Bool {
        FileManager.default.fileExists(atPath: path(of: digest).path)
    }

    public func remove(_ digest: PhotoDigest) throws {
        guard unlink(path(of: digest).path) != 0, errno != ENOENT else { return }
        throw POSIXError.last
    }

    private func path(of digest: PhotoDigest) -> URL {
        let name = digest.description
        return blobs.appendingPathComponent(String(name.prefix(2))).appendingPathComponent(name)
    }

    /// Gives a synchronised temporary file its final name.
    fileprivate func adopt(_ file: URL, as digest: PhotoDigest) throws {
        let final = path(of: digest)
        let folder = final.deletingLastPathComponent()
        guard mkdir(folder.path, 0o777) == 0 || errno == EEXIST else { throw POSIXError.last }
        // Also where it was there before: whoever made it may not have come this far yet.
        Self.synchroniseFolder(blobs)
        // Linking, unlike renaming, never replaces: whoever comes second with the same bytes finds them there. Unless the
        // disk has damaged them since; then they are replaced by these.
        if link(file.path, final.path) != 0 {
            guard errno == EEXIST else { throw POSIXError.last }
            if !isWhole(final, digest) {
                guard rename(file.path, final.path) == 0 else { throw POSIXError.last }
            }
        }
        Self.synchroniseFolder(folder)
    }

    private func isWhole(_ file: URL, _ digest: PhotoDigest) -> Bool {
        // Not mapped: a disk that cannot read it would then end the process.
        guard let data = try? Data(contentsOf: file) else { return false }
        return SHA256.hash(data: data).elementsEqual(digest.bytes)
    }

    /// Ends the process where it fails: what was acknowledged might not be on the disk, the kernel has forgotten which
    /// pages those were, and trying again would report success.
    fileprivate static func synchroniseFolder(_ folder: URL) {
        do { try DurableFile.synchronise(folder.path, flags: O_RDONLY | O_DIRECTORY) } catch {
            fatalError(
                "\(folder.path) could not be synchronised to the disk (\(error)); stopping to keep what is there")
        }
    }
}

private final class FileBlobWriter: BlobWriter {
    private let file: URL
    private let store: FileBlobStore
    private let descriptor: Int32
    private var hash = SHA256()
    private var count = 0
    private var isCommitted = false

    init(_ file: URL, store: FileBlobStore) throws {
        descriptor = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw POSIXError.last }
        self.file = file
        self.store = store
    }

    deinit {
        close(descriptor)
        unlink(file.path)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        // The file is by now also the blob of that name.
        precondition(!isCommitted, "nothing may be appended to a blob that has been committed")
        var rest = bytes
        while let start = rest.baseAddress, !rest.isEmpty {
            let written = write(descriptor, start, rest.count)
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw POSIXError.last }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
        }
        hash.update(bufferPointer: bytes)
        count += bytes.count
    }

    func commit(expecting expected: PhotoDigest?, length: Int?) throws -> PhotoDigest {
        precondition(!isCommitted, "a blob is committed once")
        isCommitted = true
        if let length, length != count {
            throw RegraftError("length_mismatch", "\(length) bytes were announced, \(count) came.")
        }
        let digest = PhotoDigest(bytes: Array(hash.finalize()))
        if let expected, expected != digest {
            throw RegraftError(
                "digest_mismatch", "The bytes have the SHA-256 \(digest), announced was \(expected).")
        }
        guard fsync(descriptor) == 0 else {
            fatalError("\(file.path) could not be synchronised to the disk; stopping to keep what is there")
        }
        try store.adopt(file, as: digest)
        return digest
    }
}

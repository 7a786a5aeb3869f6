import Crypto
import Domain
import Foundation
import Glibc

/// A blob in `tmp/<boot>/`.
final class FileBlobWriter: BlobWriter {
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

    func commit(length: Int?) throws -> PhotoDigest {
        precondition(!isCommitted, "a blob is committed once")
        isCommitted = true
        if let length, length != count {
            throw RegraftError("length_mismatch", "\(length) bytes were announced, \(count) came.")
        }
        let digest = PhotoDigest(bytes: Array(hash.finalize()))
        try synchronise()
        try store.adopt(file, digest)
        return digest
    }

    /// Waits until the bytes are on the disk.
    private func synchronise() throws {
        guard fsync(descriptor) != 0 else { return }
        let error = POSIXError.last
        // Where space is only given out now, as over NFS and under a quota. Nobody has been told of this file yet.
        guard StorageFailure.isDiskFull(error) else {
            fatalError("\(file.path) could not be synchronised to the disk (\(error)); stopping to keep what is there")
        }
        throw error
    }
}

import Crypto
import Glibc

/// A body that has been written to a file.
public struct SpooledBody: Sendable, Equatable {
    /// Bytes.
    public let length: Int
    /// 32 bytes.
    public let sha256: [UInt8]
}

extension RequestBody {
    /// Writes the body to a new file as it comes, hashing it on the way.
    /// - Parameter path: where nothing is yet. A file that could not be written to its end is removed.
    /// - Throws: as reading does; `SocketError` where the file cannot be made or written.
    public func spool(to path: String) async throws -> SpooledBody {
        let spool = try await FileWorkers.pool.run { _ in try SpoolFile(path) }
        for try await chunk in self { try await FileWorkers.pool.run { _ in try spool.append(chunk) } }
        return try await FileWorkers.pool.run { _ in try spool.finish() }
    }
}

/// `@unchecked Sendable`: one task uses it, one call after the other, on whatever thread.
private final class SpoolFile: @unchecked Sendable {
    private let path: String
    private let descriptor: Int32
    private var hash = SHA256()
    private var length = 0
    private var isFinished = false

    init(_ path: String) throws {
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SocketError.last("\(path) cannot be made") }
        self.path = path
    }

    deinit {
        close(descriptor)
        if !isFinished { unlink(path) }
    }

    func append(_ chunk: [UInt8]) throws {
        try chunk.withUnsafeBytes { bytes in
            hash.update(bufferPointer: bytes)
            var rest = bytes
            while !rest.isEmpty {
                let count = write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw SocketError.last("\(path) cannot be written") }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
        length += chunk.count
    }

    func finish() throws -> SpooledBody {
        isFinished = true
        return SpooledBody(length: length, sha256: Array(hash.finalize()))
    }
}

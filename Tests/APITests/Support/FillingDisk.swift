import Domain
import Foundation
import Storage
import Synchronization
import TestSupport

/// A blob store on a disk that can become full: after so many bytes more, writing fails as the system lets it fail.
final class FillingDisk: ForwardingBlobs {
    let blobs: any BlobStore
    private let folder: URL
    private let room = Mutex(Int.max)

    init(folder: URL) throws {
        self.folder = folder
        blobs = try FileBlobStore(folder: folder, boot: "boot")
    }

    /// Bytes that can still be written.
    func fill(leaving bytes: Int) { room.withLock { $0 = bytes } }

    func makeWriter() throws -> any BlobWriter { Writer(try blobs.makeWriter(), self) }

    /// All blobs.
    func digests() throws -> Set<PhotoDigest> {
        Set(try (0...UInt8.max).flatMap { try digests(beginningWith: $0) })
    }

    /// Files of blobs that have not been committed.
    func unfinished() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("tmp/boot").path)
    }

    private final class Writer: BlobWriter {
        private let writer: any BlobWriter
        private let disk: FillingDisk

        init(_ writer: any BlobWriter, _ disk: FillingDisk) { (self.writer, self.disk) = (writer, disk) }

        func append(_ bytes: UnsafeRawBufferPointer) throws {
            let left = disk.room.withLock { room in
                room -= min(room, bytes.count)
                return room
            }
            guard left > 0 else { throw POSIXError(.ENOSPC) }
            try writer.append(bytes)
        }

        func commit(length: Int?) throws -> PhotoDigest {
            try writer.commit(length: length)
        }
    }
}

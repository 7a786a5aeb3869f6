import Crypto
import Domain
import Foundation
import Storage
import Synchronization

/// Blobs in memory, for tests that store a great many.
final class MemoryBlobStore: BlobStore {
    private let blobs = Mutex<[PhotoDigest: Data]>([:])

    var count: Int { blobs.withLock { $0.count } }

    func makeWriter() throws -> any BlobWriter { Writer(self) }

    func read(_ digest: PhotoDigest) throws -> Data? { blobs.withLock { $0[digest] } }
    func file(of digest: PhotoDigest) throws -> URL? { nil }
    func remove(_ digest: PhotoDigest) throws { blobs.withLock { $0[digest] = nil } }

    func digests(beginningWith byte: UInt8) throws -> [PhotoDigest] {
        blobs.withLock { $0.keys.filter { $0.bytes[0] == byte } }
    }

    private final class Writer: BlobWriter {
        private let store: MemoryBlobStore
        private var data = Data()

        init(_ store: MemoryBlobStore) { self.store = store }

        func append(_ bytes: UnsafeRawBufferPointer) throws { data.append(contentsOf: bytes) }

        func commit(length: Int?) throws -> PhotoDigest {
            let digest = PhotoDigest(bytes: Array(SHA256.hash(data: data)))
            store.blobs.withLock { $0[digest] = data }
            return digest
        }
    }
}

extension BlobStore {
    func contains(_ digest: PhotoDigest) throws -> Bool { try read(digest) != nil }
}

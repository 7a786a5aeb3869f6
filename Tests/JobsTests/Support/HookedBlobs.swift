import Domain
import Foundation
import Storage

/// Blobs of which none is begun before a hook has run; it may wait or throw.
final class HookedBlobs: BlobStore {
    private let blobs: any BlobStore
    private let hook: @Sendable () throws -> Void

    init(_ blobs: any BlobStore, hook: @escaping @Sendable () throws -> Void) {
        (self.blobs, self.hook) = (blobs, hook)
    }

    func makeWriter() throws -> any BlobWriter {
        try hook()
        return try blobs.makeWriter()
    }

    func commit(_ writers: [any BlobWriter]) throws -> [PhotoDigest] { try blobs.commit(writers) }
    func read(_ digest: PhotoDigest) throws -> Data? { try blobs.read(digest) }
    func file(of digest: PhotoDigest) throws -> URL? { try blobs.file(of: digest) }
    func size(of digest: PhotoDigest) throws -> Int? { try blobs.size(of: digest) }
    func contains(_ digest: PhotoDigest) throws -> Bool { try blobs.contains(digest) }
    func remove(_ digest: PhotoDigest) throws { try blobs.remove(digest) }
    func digests(beginningWith byte: UInt8) throws -> [PhotoDigest] { try blobs.digests(beginningWith: byte) }
}

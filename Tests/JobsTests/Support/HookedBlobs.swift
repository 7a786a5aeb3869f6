import Domain
import Foundation
import Storage
import TestSupport

/// Blobs of which none is begun, or read, before a hook has run; it may wait or throw.
struct HookedBlobs: ForwardingBlobs {
    let blobs: any BlobStore
    private let hook: @Sendable () throws -> Void
    private let readHook: @Sendable () throws -> Void

    init(
        _ blobs: any BlobStore, hook: @escaping @Sendable () throws -> Void,
        reading readHook: @escaping @Sendable () throws -> Void = {}
    ) {
        (self.blobs, self.hook, self.readHook) = (blobs, hook, readHook)
    }

    func makeWriter() throws -> any BlobWriter {
        try hook()
        return try blobs.makeWriter()
    }

    func read(_ digest: PhotoDigest) throws -> Data? {
        try readHook()
        return try blobs.read(digest)
    }
}

import Storage
import TestSupport

/// Blobs of which none is begun before a hook has run; it may wait or throw.
struct HookedBlobs: ForwardingBlobs {
    let blobs: any BlobStore
    private let hook: @Sendable () throws -> Void

    init(_ blobs: any BlobStore, hook: @escaping @Sendable () throws -> Void) {
        (self.blobs, self.hook) = (blobs, hook)
    }

    func makeWriter() throws -> any BlobWriter {
        try hook()
        return try blobs.makeWriter()
    }
}

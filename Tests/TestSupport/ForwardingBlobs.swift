public import Domain
public import Foundation
public import Storage

/// A blob store that is another one in all that it does not do itself.
public protocol ForwardingBlobs: BlobStore {
    var blobs: any BlobStore { get }
}

extension ForwardingBlobs {
    public func makeWriter() throws -> any BlobWriter { try blobs.makeWriter() }
    public func read(_ digest: PhotoDigest) throws -> Data? { try blobs.read(digest) }
    public func file(of digest: PhotoDigest) throws -> URL? { try blobs.file(of: digest) }
    public func remove(_ digest: PhotoDigest) throws { try blobs.remove(digest) }
    public func digests(beginningWith byte: UInt8) throws -> [PhotoDigest] { try blobs.digests(beginningWith: byte) }
}

public import Domain
public import Foundation

/// Immutable bytes, named by their SHA-256: photos, heads, checkpoints, exports. Equal bytes are stored once. Safe to call
/// from any thread; calls may block.
public protocol BlobStore: Sendable {
    /// Begins a blob that nobody sees until it is committed.
    func makeWriter() throws -> any BlobWriter
    /// The bytes, or nil where there is no such blob.
    /// - Throws: `RegraftError` when they are no longer what their name says.
    func read(_ digest: PhotoDigest) throws -> Data?
    /// A file that holds the bytes, for reading what is too long for the memory; nil where there is no such blob. Its bytes are not
    /// checked.
    func file(of digest: PhotoDigest) throws -> URL?
    /// Removing what is not there is no error.
    func remove(_ digest: PhotoDigest) throws
    /// All blobs whose digest begins with this byte, in no order.
    func digests(beginningWith byte: UInt8) throws -> [PhotoDigest]
}

/// One blob on its way into the store; used by one thread at a time. One that is let go of before it is committed leaves
/// nothing behind.
public protocol BlobWriter: AnyObject {
    func append(_ bytes: UnsafeRawBufferPointer) throws
    /// Makes the blob durable and visible. Nothing may be appended after this.
    /// - Parameter length: where the sender has announced the number of bytes.
    /// - Throws: `RegraftError` when what came is not what was announced.
    func commit(length: Int?) throws -> PhotoDigest
}

extension BlobStore {
    /// Stores bytes that are in memory already.
    public func put(_ data: Data) throws -> PhotoDigest {
        let writer = try makeWriter()
        try data.withUnsafeBytes { try writer.append($0) }
        return try writer.commit(length: data.count)
    }
}

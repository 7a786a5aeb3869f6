public import Domain
import Foundation

/// Room on the disk that jobs leave alone, however much they have to store: `data.minimum_free_bytes`.
public struct KeptRoom: Sendable {
    private let minimum: Int
    private let freeBytes: @Sendable () -> Int?

    /// - Parameters:
    ///   - minimum: bytes.
    ///   - freeBytes: what is free; nil where nobody knows, which stops nothing.
    public init(minimum: Int, freeBytes: @escaping @Sendable () -> Int?) {
        (self.minimum, self.freeBytes) = (minimum, freeBytes)
    }

    /// - Throws: `RegraftError` (`disk_full`), which names the setting.
    func check() throws {
        guard let free = freeBytes(), free < minimum else { return }
        throw StorageFailure.tooLittleRoom(free: free, minimum: minimum)
    }

    /// The same blobs, whose `checkRoom` throws where there is too little.
    public func keeping(_ blobs: any BlobStore) -> any BlobStore { RoomKeepingBlobs(blobs, self) }

    /// The same cache, which stores nothing where there is too little room. What it has can be had.
    public func keeping(_ cache: any BottleneckCache) -> any BottleneckCache {
        RoomKeepingCache(cache: cache, room: self)
    }
}

private struct RoomKeepingCache: BottleneckCache {
    let cache: any BottleneckCache
    let room: KeptRoom

    func bottleneck(for key: BottleneckKey) throws -> Bottleneck? { try cache.bottleneck(for: key) }

    func store(_ bottlenecks: [(key: BottleneckKey, value: Bottleneck)]) throws {
        try room.check()
        try cache.store(bottlenecks)
    }
}

private struct RoomKeepingBlobs: BlobStore {
    private let blobs: any BlobStore
    private let room: KeptRoom

    init(_ blobs: any BlobStore, _ room: KeptRoom) { (self.blobs, self.room) = (blobs, room) }

    func checkRoom() throws { try room.check() }
    func makeWriter() throws -> any BlobWriter { try blobs.makeWriter() }
    func commit(_ writers: [any BlobWriter]) throws -> [PhotoDigest] { try blobs.commit(writers) }
    func read(_ digest: PhotoDigest) throws -> Data? { try blobs.read(digest) }
    func file(of digest: PhotoDigest) throws -> URL? { try blobs.file(of: digest) }
    func size(of digest: PhotoDigest) throws -> Int? { try blobs.size(of: digest) }
    func contains(_ digest: PhotoDigest) throws -> Bool { try blobs.contains(digest) }
    func remove(_ digest: PhotoDigest) throws { try blobs.remove(digest) }
    func digests(beginningWith byte: UInt8) throws -> [PhotoDigest] { try blobs.digests(beginningWith: byte) }
}

public import Domain
import Foundation

/// Room on the disk that uploads and jobs leave alone, however much they have to store: `data.minimum_free_bytes`. Calls may
/// take as long as the file system does.
public struct KeptRoom: Sendable {
    private let minimum: Int
    /// Bytes that are free; nil where nobody knows, which stops nothing.
    public let freeBytes: @Sendable () -> Int?

    /// - Parameter minimum: bytes.
    public init(minimum: Int, freeBytes: @escaping @Sendable () -> Int?) {
        (self.minimum, self.freeBytes) = (minimum, freeBytes)
    }

    /// Whether so many bytes can be stored, and still enough be left. For whoever goes on storing much: each few megabytes.
    /// - Throws: `RegraftError` (`disk_full`), which names the setting.
    public func check(for bytes: Int = 0) throws {
        guard let free = freeBytes(), free - bytes < minimum else { return }
        throw StorageFailure.tooLittleRoom(free: free, wanted: bytes, minimum: minimum)
    }

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

import Domain
import HTTP
import Images
import Storage
import Synchronization
import Workers

/// Makes small pictures of stored photos, a bounded number at a time. Safe to call from any task.
final class Thumbnails: Sendable {
    /// Pixels of the longer side.
    static let sizes = 16...2048
    /// Those that are made or wait; one more is refused.
    private static let queue = 128

    private let blobs: any BlobStore
    private let limits: ImageLimits
    /// Decoding a large photo takes up to 200 MB, and classifying needs the cores more.
    private let pool = WorkerPool(name: "thumbnail", width: 2)
    private let load = Atomic(0)

    init(_ blobs: any BlobStore, _ limits: ImageLimits) {
        self.blobs = blobs
        self.limits = limits
    }

    /// A JPEG file.
    /// - Throws: `ImageError` where the photo can no longer be decoded, say because the limits are lower now; `RegraftError`
    ///   (`overloaded`, `damaged_blob`); `Problem` (404).
    func make(of photo: PhotoDigest, longerSide: Int) async throws -> [UInt8] {
        defer { load.subtract(1, ordering: .relaxed) }
        guard load.add(1, ordering: .relaxed).newValue <= Self.queue else {
            throw RegraftError(
                "overloaded", "There are \(Self.queue) thumbnails being made already; try again in a second.")
        }
        return try await pool.run { [blobs, limits] _ in
            guard let file = try blobs.read(photo) else {
                throw Problem(.notFound, "The photo's file is no longer there.")
            }
            let decoder = PhotoDecoder(limits: limits)
            return try file.withUnsafeBytes { try decoder.thumbnail(of: $0, longerSide: longerSide) }
        }
    }
}

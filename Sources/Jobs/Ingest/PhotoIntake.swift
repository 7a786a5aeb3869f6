import Crypto
public import Domain
public import Foundation
public import Images
public import Storage
import Synchronization
public import Workers

/// Looks whether files are photos that can be used, and stores those that are.
///
/// They are decoded whole, since that is the only way to know; small, so that it takes a millisecond or two.
public struct PhotoIntake: Sendable {
    private let blobs: any BlobStore
    private let pool: WorkerPool
    private let limits: ImageLimits
    private static let preview = Preprocessing(width: 32, height: 32, fit: .squash)

    public init(blobs: any BlobStore, pool: WorkerPool, limits: ImageLimits) {
        self.blobs = blobs
        self.pool = pool
        self.limits = limits
    }

    /// - Parameter hold: keeps the photos until they are referred to, and lets the sweeper look at them if they never are.
    /// - Returns: of each file its digest, or why it is refused; in the order given.
    /// - Throws: what the blob store throws; `CancellationError`.
    public func store(_ files: [Data], hold: BlobHold) async throws -> [Result<PhotoDigest, ImageError>] {
        guard !files.isEmpty else { return [] }
        let next = Atomic(0)
        let results = Mutex([Result<PhotoDigest, ImageError>?](repeating: nil, count: files.count))
        try await pool.runOnEach(of: min(pool.width, files.count)) { [blobs, limits] _, flag in
            let decoder = PhotoDecoder(limits: limits)
            var pixels = [UInt8](repeating: 0, count: Self.preview.width * Self.preview.height * 3)
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < files.count else { return }
                try flag.check()
                let result: Result<PhotoDigest, ImageError>
                do {
                    try Self.check(files[index], decoder, &pixels)
                    hold.add(PhotoDigest(bytes: Array(SHA256.hash(data: files[index]))))
                    result = .success(try blobs.put(files[index]))
                } catch let error as ImageError {
                    result = .failure(error)
                }
                results.withLock { $0[index] = result }
            }
        }
        return results.withLock { $0.compactMap(\.self) }
    }

    private static func check(_ file: Data, _ decoder: PhotoDecoder, _ pixels: inout [UInt8]) throws(ImageError) {
        var failure: ImageError?
        file.withUnsafeBytes { bytes in
            pixels.withUnsafeMutableBufferPointer { pixels in
                do throws(ImageError) { try decoder.decode(bytes, preview, into: pixels) } catch { failure = error }
            }
        }
        if let failure { throw failure }
    }
}

/// Decoded pixels, four bytes each, rows without padding: R, G, B and an unused byte, or C, M, Y, K.
///
/// A raster is scratch that one worker reuses for photo after photo: memory fresh from the system costs a page fault
/// every 4 KiB, which is a tenth of the time of decoding.
///
/// Not Sendable: it belongs to the decoder of one worker.
package final class Raster {
    private(set) var width = 0
    private(set) var height = 0
    package private(set) var pixels = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

    /// Beyond this, a raster gives its memory back instead of keeping it: 16 million pixels.
    private static let largestKept = 64 << 20

    package init() {}

    deinit { pixels.deallocate() }

    var bytesPerRow: Int { width * 4 }

    /// Makes room for `width` × `height` pixels, whose values are then undefined.
    package func resize(width: Int, height: Int) {
        let needed = width * height * 4
        if needed > pixels.count || (pixels.count > Self.largestKept && needed <= Self.largestKept) {
            pixels.deallocate()
            // Aligned for the resampler's vector loads.
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: needed, alignment: 64)
            pixels = memory.bindMemory(to: UInt8.self)
        }
        self.width = width
        self.height = height
    }
}

import CVips
import Domain

/// Pixels to PNG files, through libvips. Any thread may encode.
enum PNGEncoder {
    /// An 8-bit RGB file without metadata.
    /// - Parameter pixels: `[height, width, 3]`, RGB.
    /// - Throws: `RegraftError` (`encoding_failed`) where memory runs out.
    static func encode(_ pixels: [UInt8], width: Int, height: Int) throws(RegraftError) -> [UInt8] {
        precondition(pixels.count == width * height * 3)
        guard VipsDecoder.isStarted else { throw failure }
        defer { regraft_vips_leave_thread() }
        var size = 0
        let file = pixels.withUnsafeBytes {
            regraft_vips_encode_png($0.baseAddress, Int32(width), Int32(height), &size)
        }
        guard let file else { throw failure }
        defer { regraft_vips_free(file) }
        return Array(UnsafeRawBufferPointer(start: file, count: size))
    }

    private static var failure: RegraftError {
        // Else it would be taken for the reason why the next picture cannot be read.
        regraft_vips_clear_errors()
        return RegraftError("encoding_failed", "libvips could not make a PNG file.")
    }
}

import CZlib

/// A gzip stream (RFC 1952), made piece by piece. Used by one task at a time.
///
/// `@unchecked Sendable`: whoever uses it waits for one call before the next.
final class GzipCompressor: @unchecked Sendable {
    private var stream = z_stream()
    private static let outputSize = 32 << 10

    /// - Parameter level: 1 (quick) to 9 (small).
    init(level: Int32 = 6) {
        guard regraft_zlib_start_gzip(&stream, level) == Z_OK else {
            fatalError("zlib could not be started: no memory")
        }
    }

    deinit { deflateEnd(&stream) }

    /// What there is to send for these bytes; mostly less, sometimes nothing yet.
    /// - Parameter isLast: ends the stream.
    func compress(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
        var input = bytes
        var output: [UInt8] = []
        input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            var isFull = true
            while isFull {
                let piece = [UInt8](unsafeUninitializedCapacity: Self.outputSize) { buffer, count in
                    stream.next_out = buffer.baseAddress
                    stream.avail_out = UInt32(buffer.count)
                    deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    count = buffer.count - Int(stream.avail_out)
                    isFull = stream.avail_out == 0
                }
                output += piece
            }
        }
        return output
    }
}

import CTurboJPEG

/// Pixels to JPEG files, through libjpeg-turbo's TurboJPEG API.
///
/// Not Sendable: a TurboJPEG instance may be used by one thread at a time, so each worker has its own.
final class JPEGEncoder {
    private let handle: tjhandle

    /// On libjpeg's scale of 1…100.
    private static let quality: Int32 = 85

    init() {
        guard let handle = tjInitCompress() else { fatalError("libjpeg-turbo could not be started: out of memory") }
        self.handle = handle
    }

    deinit { tjDestroy(handle) }

    /// A baseline JPEG with half the colour resolution both ways (4:2:0), as cameras write it.
    /// - Parameter pixels: `[height, width, 3]`, RGB; both sides at most 65,500, which is JPEG's limit.
    func encode(_ pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int) -> [UInt8] {
        precondition(pixels.count == width * height * 3)
        let subsampling = Int32(TJSAMP_420.rawValue)
        let capacity = Int(tjBufSize(Int32(width), Int32(height), subsampling))
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            var (start, size) = (buffer.baseAddress, UInt(buffer.count))
            let status = tjCompress2(
                handle, pixels.baseAddress, Int32(width), Int32(width * 3), Int32(height), Int32(TJPF_RGB.rawValue),
                &start, &size, subsampling, Self.quality, TJFLAG_ACCURATEDCT | TJFLAG_NOREALLOC)
            // Into a buffer of the largest size there can be, nothing fails but memory.
            guard status == 0 else { fatalError("libjpeg-turbo: \(String(cString: tjGetErrorStr2(handle)))") }
            count = Int(size)
        }
    }
}

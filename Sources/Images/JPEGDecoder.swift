import CTurboJPEG
import Domain

/// JPEG files to pixels, through libjpeg-turbo's TurboJPEG API.
///
/// Not Sendable: a TurboJPEG instance may be used by one thread at a time, so each worker has its own.
final class JPEGDecoder {
    struct Header {
        let width: Int
        let height: Int
        /// CMYK or YCCK: four inks instead of three lights.
        let isCMYK: Bool
    }

    private var handle = JPEGDecoder.makeHandle()

    private static func makeHandle() -> tjhandle {
        guard let handle = tjInitDecompress() else { fatalError("libjpeg-turbo could not be started: out of memory") }
        return handle
    }

    deinit { tjDestroy(handle) }

    /// - Throws: `ImageError` where the header cannot be read.
    func header(of file: UnsafeRawBufferPointer) throws(ImageError) -> Header {
        var (width, height, subsampling, colourSpace): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        let status = tjDecompressHeader3(
            handle, bytes(of: file), UInt(file.count), &width, &height, &subsampling, &colourSpace)
        // A warning (say, junk before a marker) is no failure as long as there is a size.
        guard status == 0 || (isWarning && width > 0) else {
            let error = failure()
            // TurboJPEG 2.1 leaves an instance in the middle of a header that it could not read, and then takes the next
            // file for the rest of it.
            tjDestroy(handle)
            handle = Self.makeHandle()
            throw error
        }
        let isCMYK = colourSpace == TJCS_CMYK.rawValue || colourSpace == TJCS_YCCK.rawValue
        return Header(width: Int(width), height: Int(height), isCMYK: isCMYK)
    }

    /// Decodes at 1/`denominator` of the size. The scaled decoder leaves high frequencies out instead of computing and
    /// then averaging them, so it is both quick and free of aliasing; only the powers of two have fast code.
    /// - Parameter denominator: 1, 2, 4 or 8.
    /// - Throws: `ImageError` for damaged and for cut off files.
    func decode(
        _ file: UnsafeRawBufferPointer, _ header: Header, denominator: Int, into raster: Raster
    ) throws(ImageError) {
        let width = (header.width + denominator - 1) / denominator
        let height = (header.height + denominator - 1) / denominator
        raster.resize(width: width, height: height)
        let status = tjDecompress2(
            handle, bytes(of: file), UInt(file.count), raster.pixels.baseAddress, Int32(width),
            Int32(raster.bytesPerRow), Int32(height), Int32((header.isCMYK ? TJPF_CMYK : TJPF_RGBX).rawValue),
            TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
        if status == 0 { return }
        // libjpeg warns and goes on, filling with grey. Extra bytes or a wrong restart number leave the picture whole;
        // missing data does not.
        let error = failure()
        if isWarning && isHarmless && error.code != .truncated { return }
        throw error
    }

    private var isWarning: Bool { tjGetErrorCode(handle) == TJERR_WARNING.rawValue }

    /// Whether the last message is one of libjpeg's warnings (`JWRN_` in jerror.h). After a warning TurboJPEG 2.1 calls a
    /// fatal error a warning too, and nothing was decoded then.
    private var isHarmless: Bool {
        let message = String(cString: tjGetErrorStr2(handle))
        let warnings = [
            "Corrupt JPEG data", "Inconsistent progression", "Unknown Adobe", "Warning", "Invalid SOS parameters",
        ]
        return warnings.contains { message.hasPrefix($0) }
    }

    private func failure() -> ImageError {
        let message = String(cString: tjGetErrorStr2(handle))
        let lowered = message.lowercased()
        if lowered.contains("premature end") { return ImageError(.truncated, "it is cut off: \(message)") }
        return ImageError(.corrupt, "it is damaged: \(message)")
    }

    private func bytes(of file: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
        file.baseAddress?.assumingMemoryBound(to: UInt8.self)
    }
}

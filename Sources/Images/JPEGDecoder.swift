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
            let error = failure(String(cString: tjGetErrorStr2(handle)))
            // TurboJPEG 2.1 leaves an instance in the middle of a header that it could not read, and then takes the
            // next file for the rest of it.
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
    /// - Throws: `ImageError` for damaged and for cut off files; one that lacks nothing but its EOI marker is neither.
    func decode(
        _ file: UnsafeRawBufferPointer, _ header: Header, denominator: Int, into raster: Raster
    ) throws(ImageError) {
        guard let message = decodeOnce(file, header, denominator: denominator, into: raster) else { return }
        let mended: [UInt8]
        switch JPEGWarning(message) {
        case .harmlessAtTheEnd: return
        case .damage: throw failure(message)
        case .endMissing:
            // The same message for a cut anywhere. Where all coefficients have been announced, only the last scan can
            // be short, and with an EOI marker after it libjpeg says whether it is.
            let structure = JPEGStructure(file, maximumScans: Int.max, toTheEnd: true)
            guard structure.isComplete, !structure.hasEnd else { throw failure(message) }
            mended = JPEGRepair.withEnd(file)
        case .harmless:
            // TurboJPEG keeps the first warning only: without its cause it tells of the next.
            let structure = JPEGStructure(file, maximumScans: Int.max, toTheEnd: true)
            if structure.hasEnd {
                mended = JPEGRepair.withoutHarmlessFaults(file)
            } else {
                guard structure.isComplete else {
                    throw ImageError(.truncated, "it is cut off: it has no end marker")
                }
                mended = JPEGRepair.withEnd(file).withUnsafeBytes(JPEGRepair.withoutHarmlessFaults)
            }
        }
        let second = mended.withUnsafeBytes { decodeOnce($0, header, denominator: denominator, into: raster) }
        guard let second else { return }
        guard case .harmlessAtTheEnd = JPEGWarning(second) else { throw failure(second) }
    }

    /// - Returns: the first of libjpeg's warnings or else its error; nil where there is nothing to say. After a warning
    ///   TurboJPEG 2.1 calls an error a warning too, so that only the message tells whether there are pixels.
    private func decodeOnce(
        _ file: UnsafeRawBufferPointer, _ header: Header, denominator: Int, into raster: Raster
    ) -> String? {
        let width = (header.width + denominator - 1) / denominator
        let height = (header.height + denominator - 1) / denominator
        raster.resize(width: width, height: height)
        let status = tjDecompress2(
            handle, bytes(of: file), UInt(file.count), raster.pixels.baseAddress, Int32(width),
            Int32(raster.bytesPerRow), Int32(height), Int32((header.isCMYK ? TJPF_CMYK : TJPF_RGBX).rawValue),
            TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
        return status == 0 ? nil : String(cString: tjGetErrorStr2(handle))
    }

    private var isWarning: Bool { tjGetErrorCode(handle) == TJERR_WARNING.rawValue }

    private func failure(_ message: String) -> ImageError {
        if case .endMissing = JPEGWarning(message) { return ImageError(.truncated, "it is cut off: \(message)") }
        return ImageError(.corrupt, "it is damaged: \(message)")
    }

    private func bytes(of file: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
        file.baseAddress?.assumingMemoryBound(to: UInt8.self)
    }
}

import CVips
import Domain

/// PNG, WebP, GIF, TIFF, HEIF and AVIF to RGB pixels, through libvips. Any thread may decode.
enum VipsDecoder {
    static let isStarted: Bool = regraft_vips_start() == 0

    /// Decodes the first frame to 8-bit sRGB over white.
    /// - Returns: how it must be turned to stand upright.
    /// - Throws: `ImageError` when it is damaged, cut off or beyond the limits.
    static func decode(
        _ file: UnsafeRawBufferPointer, _ format: ImageFormat, limits: ImageLimits, into raster: Raster
    ) throws(ImageError) -> Orientation {
        if let outline = ContainerOutline(file, format, limits) { try limits.check(outline, of: file) }
        guard format == .png else { return try decodeChecked(file, format, limits: limits, into: raster) }
        do throws(ImageError) {
            guard let essential = PNGChunks.essential(file) else {
                return try decodeChecked(file, format, limits: limits, into: raster)
            }
            return try essential.withUnsafeBufferPointer { (bytes) throws(ImageError) in
                try decodeChecked(UnsafeRawBufferPointer(bytes), format, limits: limits, into: raster)
            }
        } catch {
            // libpng calls that a read error.
            guard [.corrupt, .truncated].contains(error.code), PNGChunks.breaksOff(file) else { throw error }
            throw ImageError(.truncated, "it is cut off: it ends before its last chunk")
        }
    }

    private static func decodeChecked(
        _ file: UnsafeRawBufferPointer, _ format: ImageFormat, limits: ImageLimits, into raster: Raster
    ) throws(ImageError) -> Orientation {
        guard isStarted, let loader = loader(of: format) else { throw failure() }
        defer { regraft_vips_leave_thread() }
        var header = regraft_vips_header()
        guard let image = regraft_vips_open(loader, file.baseAddress, file.count, &header) else { throw failure() }
        defer { regraft_vips_close(image) }
        try limits.check(width: Int(header.width), height: Int(header.height))
        guard header.frames <= limits.maximumFrames else {
            throw ImageError(
                .tooManyFrames, "it has \(header.frames) frames; at most \(limits.maximumFrames) are accepted")
        }
        guard header.is_colour != 0 else {
            throw ImageError(
                .unsupported,
                "its pixels are of \(header.bands) \(String(cString: header.samples)) samples; "
                    + "grey and RGB of 8 or 16 bits a sample, or of floats, are decoded")
        }
        raster.resize(width: Int(header.width), height: Int(header.height))
        guard regraft_vips_decode(image, raster.pixels.baseAddress) == 0 else { throw failure() }
        // Warnings stay in the log, and would be taken for the reason of the next failure.
        regraft_vips_clear_errors()
        return Orientation(rawValue: Int(header.orientation)) ?? .upright
    }

    private static func loader(of format: ImageFormat) -> regraft_vips_format? {
        switch format {
        case .jpeg: nil
        case .png: REGRAFT_VIPS_PNG
        case .webp: REGRAFT_VIPS_WEBP
        case .gif: REGRAFT_VIPS_GIF
        case .tiff: REGRAFT_VIPS_TIFF
        case .heif, .avif: REGRAFT_VIPS_HEIF
        }
    }

    private static func failure() -> ImageError {
        let message = takeMessage()
        let lowered = message.lowercased()
        let signsOfTruncation = ["truncated", "premature", "end of file", "end of stream", "eof", "not enough data"]
        if signsOfTruncation.contains(where: lowered.contains) {
            return ImageError(.truncated, "it is cut off: \(message)")
        }
        return ImageError(.corrupt, message.isEmpty ? "it is damaged" : "it is damaged: \(message)")
    }

    /// libvips' error log as one line, emptied. The log is shared by all threads, so with two failures at the same
    /// moment the text may be the other's.
    private static func takeMessage() -> String {
        var text = [UInt8](repeating: 0, count: 1024)
        text.withUnsafeMutableBytes { buffer in
            regraft_vips_take_errors(buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        let lines = String(decoding: text.prefix { $0 != 0 }, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.joined(separator: "; ")
    }
}

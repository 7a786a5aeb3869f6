import Domain

/// What a file announces, read from its structure before a library walks it: libvips reports sizes beyond its own
/// limits as damage, and counts frames only when it has read all of them.
struct ContainerOutline {
    var width: Int?
    var height: Int?
    /// Counted to the limit, and one beyond.
    var frames = 0
    /// Chunks or items, likewise.
    var parts = 0
    /// Where there are JPEG streams inside, and how many tiles each is decoded for.
    var jpegParts: [Range<Int>: Int] = [:]

    init?(_ file: UnsafeRawBufferPointer, _ format: ImageFormat, _ limits: ImageLimits) {
        switch format {
        case .png:
            guard let size = PNGChunks.size(file) else { return nil }
            (width, height) = size
        case .webp: readWebP(file, limits)
        case .tiff: readTIFF(file, limits)
        case .heif, .avif: readISO(file, limits)
        // The whole of a GIF's header is read here, and libnsgif stops at 4,096 frames.
        case .gif, .jpeg: return nil
        }
    }
}

extension ImageLimits {
    func check(_ outline: ContainerOutline, of file: UnsafeRawBufferPointer) throws(ImageError) {
        if let width = outline.width, let height = outline.height, width > 0, height > 0 {
            try check(width: width, height: height)
        }
        guard outline.frames <= maximumFrames else {
            throw ImageError(.tooManyFrames, "it has more than \(maximumFrames) frames")
        }
        guard outline.parts <= maximumParts else {
            throw ImageError(.tooManyFrames, "it has more than \(maximumParts) parts")
        }
        var (bytes, scannedPixels) = (0, 0)
        for (part, uses) in outline.jpegParts {
            // Parts that overlap would make this loop what it is to prevent.
            bytes += part.count
            guard bytes <= 2 * file.count else { throw ImageError(.corrupt, "it is damaged: its parts overlap") }
            let structure = JPEGStructure(
                UnsafeRawBufferPointer(rebasing: file[part]), maximumScans: maximumScans)
            try check(structure)
            scannedPixels += uses * structure.scans * (structure.frame.map { $0.width * $0.height } ?? 0)
            guard scannedPixels <= maximumScannedPixels else {
                throw ImageError(.tooManyScans, "its pixels come in too many scans")
            }
        }
    }
}

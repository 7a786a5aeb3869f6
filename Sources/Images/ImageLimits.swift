public import Domain

/// What a picture may cost. All of it is checked before its pixels are decoded.
public struct ImageLimits: Sendable {
    /// The size of the file. Default 64 MiB.
    public var maximumBytes = 64 << 20
    /// Width × height as the header states it. Default 50 million.
    public var maximumPixels = 50_000_000
    /// Width and height each. A picture of one pixel by fifty million would pass the other limit and still cost
    /// gigabytes to resample. Default 100,000.
    public var maximumSide = 100_000
    /// Frames or pages; only the first is ever decoded. Default 1,000.
    public var maximumFrames = 1_000

    /// WebP chunks or HEIF items, of which a frame needs one to a few hundred (a large HEIF picture is made of tiles).
    /// Default 2,000: libheif takes 0.07 s for 1,000 items and 0.6 s for 3,000.
    public var maximumParts = 2_000
    /// Scans of a JPEG. libjpeg writes 10 for a progressive photo in colour and 18 for one of four inks. Default 100.
    public var maximumScans = 100
    /// Width × height × scans of a JPEG, since each scan may walk all of the picture for a few bytes of file. Default
    /// 1,250 million, 25 scans of the largest picture: at worst 4 s of a core, for arithmetic coding, and 2 s for the
    /// usual Huffman coding; twice that where the file is decoded again without a harmless fault. A real progressive
    /// photo of 50 million pixels takes 0.9 s.
    public var maximumScannedPixels = 1_250_000_000

    public init() {}

    /// What is said of a file that is larger than `maximumBytes`, also by those who have not kept it.
    public func tooLarge(_ count: Int) -> ImageError {
        ImageError(.tooManyBytes, "it has \(count) bytes; at most \(maximumBytes) are read")
    }

    func check(width: Int, height: Int) throws(ImageError) {
        guard width > 0, height > 0 else { throw ImageError(.corrupt, "it has no pixels (\(width) × \(height))") }
        guard max(width, height) <= maximumSide else {
            throw ImageError(
                .tooManyPixels, "it is \(width) × \(height) pixels; at most \(maximumSide) a side are decoded")
        }
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow, pixels <= maximumPixels else {
            throw ImageError(
                .tooManyPixels, "it is \(width) × \(height) pixels; at most \(maximumPixels) pixels are decoded")
        }
    }
}

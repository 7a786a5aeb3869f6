import Domain

/// What a picture may cost. All of it is checked before its pixels are decoded.
public struct ImageLimits: Sendable {
    /// The size of the file. Default 64 MiB.
    public var maximumBytes = 64 << 20
    /// Width × height as the header states it. Default 50 million.
    public var maximumPixels = 50_000_000
    /// Width and height each. A picture of one pixel by fifty million would pass the other limit and still cost gigabytes to
    /// resample. Default 100,000.
    public var maximumSide = 100_000
    /// Frames or pages; only the first is ever decoded. Default 1,000.
    public var maximumFrames = 1_000

    public init() {}

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

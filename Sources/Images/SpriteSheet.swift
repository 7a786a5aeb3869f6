public import Domain

/// Thumbnails of photos in one picture, row by row, in as many rows as columns.
///
/// Not Sendable: it belongs to one worker.
public final class SpriteSheet {
    /// Pixels of a thumbnail's side.
    public let side: Int
    private let columns: Int
    private let decoder: PhotoDecoder
    /// `[columns · side, columns · side, 3]`, RGB; white where there is no photo.
    private var pixels: [UInt8]
    private var thumbnail: [UInt8]

    public init(count: Int, side: Int, limits: ImageLimits) {
        self.side = side
        var columns = 1
        while columns * columns < count { columns += 1 }
        self.columns = columns
        decoder = PhotoDecoder(limits: limits)
        pixels = [UInt8](repeating: 255, count: columns * side * columns * side * 3)
        thumbnail = [UInt8](repeating: 0, count: side * side * 3)
    }

    /// Draws the whole of a photo, upright, in the middle of its place.
    /// - Throws: `ImageError` saying why the photo cannot be used; its place stays white.
    public func draw(_ file: UnsafeRawBufferPointer, at index: Int) throws(ImageError) {
        precondition((0..<columns * columns).contains(index))
        var failure: ImageError?
        let preprocessing = Preprocessing(width: side, height: side, fit: .pad, padding: 255)
        thumbnail.withUnsafeMutableBufferPointer { pixels in
            do throws(ImageError) { try decoder.decode(file, preprocessing, into: pixels) } catch { failure = error }
        }
        if let failure { throw failure }
        let (left, top, width) = (index % columns * side, index / columns * side, columns * side)
        for row in 0..<side {
            let from = row * side * 3
            let to = ((top + row) * width + left) * 3
            pixels.replaceSubrange(to..<to + side * 3, with: thumbnail[from..<from + side * 3])
        }
    }

    /// - Throws: `RegraftError` (`encoding_failed`).
    public func png() throws(RegraftError) -> [UInt8] {
        try PNGEncoder.encode(pixels, width: columns * side, height: columns * side)
    }
}

public import Domain

extension PhotoDecoder {
    /// A small JPEG of a photo: the whole of it, upright, in sRGB, over white where it is transparent.
    /// - Parameters:
    ///   - file: the whole file, of any format that is read.
    ///   - longerSide: pixels of the longer side; a photo that is smaller keeps its size.
    /// - Throws: `ImageError` saying why the photo cannot be used.
    public func thumbnail(of file: UnsafeRawBufferPointer, longerSide: Int) throws(ImageError) -> [UInt8] {
        precondition((1...65_500).contains(longerSide))
        let (preprocessing, orientation) = try resample(file, .whole) { width, height in
            let scale = min(1, Double(longerSide) / Double(max(width, height)))
            func scaled(_ side: Int) -> Int { max(1, Int((Double(side) * scale).rounded())) }
            return Preprocessing(width: scaled(width), height: scaled(height), fit: .squash)
        }
        let (width, height) = (preprocessing.width, preprocessing.height)
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: width * height * 3) { pixels in
            PixelWriter(preprocessing, .whole, orientation).write(resampled, into: pixels)
            return JPEGEncoder().encode(UnsafeBufferPointer(pixels), width: width, height: height)
        }
    }
}

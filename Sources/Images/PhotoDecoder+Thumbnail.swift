public import Domain

extension PhotoDecoder {
    /// A small JPEG of a photo: the whole of it, upright, in sRGB, over white where it is transparent.
    /// - Parameters:
    ///   - file: the whole file, of any format that is read.
    ///   - longerSide: pixels of the longer side; a photo that is smaller keeps its size.
    /// - Throws: `ImageError` saying why the photo cannot be used.
    public func thumbnail(of file: UnsafeRawBufferPointer, longerSide: Int) throws(ImageError) -> [UInt8] {
        let small = try upright(file, longerSide: longerSide)
        return small.pixels.withUnsafeBufferPointer {
            JPEGEncoder().encode($0, width: small.width, height: small.height)
        }
    }

    /// The whole of a photo, as people look at it, in a handy size.
    func upright(_ file: UnsafeRawBufferPointer, longerSide: Int) throws(ImageError) -> UprightPhoto {
        precondition((1...65_500).contains(longerSide))
        var original = (width: 0, height: 0)
        let (preprocessing, orientation) = try resample(file, .whole) { width, height in
            original = (width, height)
            let scale = min(1, Double(longerSide) / Double(max(width, height)))
            func scaled(_ side: Int) -> Int { max(1, Int((Double(side) * scale).rounded())) }
            return Preprocessing(width: scaled(width), height: scaled(height), fit: .squash)
        }
        let (width, height) = (preprocessing.width, preprocessing.height)
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
            count = width * height * 3
            PixelWriter(preprocessing, .whole, orientation).write(
                resampled, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        }
        return UprightPhoto(
            originalWidth: original.width, originalHeight: original.height, width: width, height: height, pixels: pixels
        )
    }
}

/// A photo as people look at it, in sRGB.
struct UprightPhoto {
    /// In pixels of the file, turned upright.
    let originalWidth: Int
    let originalHeight: Int
    let width: Int
    let height: Int
    /// `[height, width, 3]`, RGB.
    var pixels: [UInt8]
}

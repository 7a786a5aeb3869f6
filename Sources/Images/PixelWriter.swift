import Domain

/// The last step of the pipeline: from resampled pixels, still in the file's orientation, to upright RGB bytes.
struct PixelWriter {
    private let preprocessing: Preprocessing
    private let orientation: Orientation
    private let isMirrored: Bool
    /// New value of each byte value, for brightness; nil where nothing changes.
    private let brightened: [UInt8]?

    init(_ preprocessing: Preprocessing, _ view: View, _ orientation: Orientation) {
        self.preprocessing = preprocessing
        self.orientation = orientation
        isMirrored = view.mirrored
        brightened =
            view.brightness == 1
            ? nil : (0..<256).map { UInt8(min(255, (Double($0) * view.brightness).rounded())) }
    }

    /// - Parameters:
    ///   - source: RGBX, in the orientation of the file; centred where it is smaller than the result.
    ///   - pixels: `[height, width, 3]`.
    func write(_ source: Raster, into pixels: UnsafeMutableBufferPointer<UInt8>) {
        let (width, height) = (preprocessing.width, preprocessing.height)
        let innerWidth = orientation.swapsAxes ? source.height : source.width
        let innerHeight = orientation.swapsAxes ? source.width : source.height
        if innerWidth < width || innerHeight < height { pixels.update(repeating: preprocessing.padding) }
        guard let from = source.pixels.baseAddress, let to = pixels.baseAddress else { return }
        let left = (width - innerWidth) / 2
        let top = (height - innerHeight) / 2
        let bytesPerRow = source.bytesPerRow
        for y in 0..<innerHeight {
            // Every orientation walks the stored picture in equal steps along an upright row.
            let start = orientation.stored(
                x: isMirrored ? innerWidth - 1 : 0, y: y, width: innerWidth, height: innerHeight)
            let end = orientation.stored(
                x: isMirrored ? 0 : innerWidth - 1, y: y, width: innerWidth, height: innerHeight)
            let step = (end.x - start.x).signum() * 4 + (end.y - start.y).signum() * bytesPerRow
            var pixel = from + start.y * bytesPerRow + start.x * 4
            var output = to + ((top + y) * width + left) * 3
            for _ in 0..<innerWidth {
                output[0] = pixel[0]
                output[1] = pixel[1]
                output[2] = pixel[2]
                output += 3
                pixel += step
            }
        }
        if let brightened {
            for index in pixels.indices { pixels[index] = brightened[Int(pixels[index])] }
        }
    }
}

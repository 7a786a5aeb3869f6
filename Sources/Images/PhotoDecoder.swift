public import Domain

/// From a photo's bytes to the pixels that a backbone takes: sniff, decode, place, resample, colours, turn upright.
///
/// Not Sendable: it owns scratch memory and a TurboJPEG instance, so each worker has its own.
public final class PhotoDecoder {
    private let limits: ImageLimits
    private let jpeg = JPEGDecoder()
    private let resampler = Resampler()
    private let colours = ColourConverter()
    private let decoded = Raster()
    let resampled = Raster()

    /// What a photo of an upright width and height is to become.
    typealias Sizing = (_ width: Int, _ height: Int) -> Preprocessing

    public init(limits: ImageLimits = ImageLimits()) {
        self.limits = limits
    }

    /// Decodes a photo and fits it into `pixels`.
    /// - Parameters:
    ///   - file: the whole file.
    ///   - pixels: receives `[height, width, 3]` bytes, RGB, sRGB.
    ///   - view: a distorted view, or the photo as it is.
    /// - Throws: `ImageError` saying why the photo cannot be used; `pixels` is then undefined.
    public func decode(
        _ file: UnsafeRawBufferPointer, _ preprocessing: Preprocessing, view: View = .whole,
        into pixels: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageError) {
        precondition(pixels.count == preprocessing.width * preprocessing.height * 3)
        let (_, orientation) = try resample(file, view) { _, _ in preprocessing }
        PixelWriter(preprocessing, view, orientation).write(resampled, into: pixels)
    }

    /// Fills `resampled`, in the orientation of the file.
    func resample(
        _ file: UnsafeRawBufferPointer, _ view: View, _ sizing: Sizing
    ) throws(ImageError) -> (Preprocessing, Orientation) {
        guard file.count > 0 else { throw ImageError(.empty, "it is empty (0 bytes)") }
        guard file.count <= limits.maximumBytes else {
            throw limits.tooLarge(file.count)
        }
        guard let format = ImageFormat.sniff(file) else {
            throw ImageError(.unsupported, "it is \(ImageFormat.guess(file))")
        }
        return format == .jpeg
            ? try decodeJPEG(file, view, sizing) : try decodeOther(file, format, view, sizing)
    }

    private func decodeJPEG(
        _ file: UnsafeRawBufferPointer, _ view: View, _ sizing: Sizing
    ) throws(ImageError) -> (Preprocessing, Orientation) {
        let structure = JPEGStructure(file, maximumScans: limits.maximumScans)
        try limits.check(structure)
        let header = try jpeg.header(of: file)
        guard header.width > 0 || structure.frame != nil || structure.hasEnd else {
            throw ImageError(.truncated, "it is cut off before its pixels begin")
        }
        try limits.check(width: header.width, height: header.height)
        // Else its scans have not been counted.
        guard structure.frame != nil else { throw ImageError(.corrupt, "it is damaged: its frame header is misplaced") }
        let metadata = JPEGMetadata(file)
        let preprocessing = upright(header.width, header.height, metadata.orientation, sizing)
        let placement = place(header.width, header.height, metadata.orientation, preprocessing, view)
        let denominator = placement.jpegDenominator
        try jpeg.decode(file, header, denominator: denominator, into: decoded)
        resample(placement.scaled(by: 1 / Double(denominator)))
        // Colours are converted after shrinking: the same to the eye, and cheap whatever the size of the photo.
        if header.isCMYK {
            if metadata.isAdobe { resampled.invert() }
            if metadata.iccProfile.isEmpty || !colours.convert(resampled, by: metadata.iccProfile, isCMYK: true) {
                resampled.convertCMYKToRGB()
            }
        } else if !metadata.iccProfile.isEmpty, !ICCProfile.isSRGB(metadata.iccProfile) {
            _ = colours.convert(resampled, by: metadata.iccProfile, isCMYK: false)
        }
        return (preprocessing, metadata.orientation)
    }

    private func decodeOther(
        _ file: UnsafeRawBufferPointer, _ format: ImageFormat, _ view: View, _ sizing: Sizing
    ) throws(ImageError) -> (Preprocessing, Orientation) {
        let orientation = try VipsDecoder.decode(file, format, limits: limits, into: decoded)
        let preprocessing = upright(decoded.width, decoded.height, orientation, sizing)
        resample(place(decoded.width, decoded.height, orientation, preprocessing, view))
        return (preprocessing, orientation)
    }

    private func upright(_ width: Int, _ height: Int, _ orientation: Orientation, _ sizing: Sizing) -> Preprocessing {
        orientation.swapsAxes ? sizing(height, width) : sizing(width, height)
    }

    private func place(
        _ width: Int, _ height: Int, _ orientation: Orientation, _ preprocessing: Preprocessing, _ view: View
    ) -> Placement {
        let target =
            orientation.swapsAxes
            ? (preprocessing.height, preprocessing.width) : (preprocessing.width, preprocessing.height)
        return Placement(width: width, height: height, target: target, preprocessing, view: view)
    }

    private func resample(_ placement: Placement) {
        resampled.resize(width: placement.innerWidth, height: placement.innerHeight)
        resampler.resample(decoded, box: placement.box, into: resampled)
    }
}

extension Placement {
    /// How much smaller a JPEG may be decoded so that the box still has at least as many pixels as the result needs:
    /// 1, 2, 4 or 8.
    var jpegDenominator: Int {
        let shrink = min(box.width / Double(innerWidth), box.height / Double(innerHeight))
        return [8, 4, 2].first { shrink >= Double($0) } ?? 1
    }

    func scaled(by factor: Double) -> Placement {
        var copy = self
        copy.box = Box(
            x: box.x * factor, y: box.y * factor, width: box.width * factor, height: box.height * factor)
        return copy
    }
}

import Domain

/// A photo with a heat map over it.
public struct HeatPicture: Sendable {
    /// A PNG file.
    public let png: [UInt8]
    public let width: Int
    public let height: Int
    /// What of the photo the map covers.
    public let region: PhotoRegion
}

extension PhotoDecoder {
    /// The upright photo with the map over what the backbone has seen of it: the larger a number, the lighter and the less
    /// transparent its colour; where it is 0 or less, and around what was seen, there is the photo alone.
    /// - Parameters:
    ///   - file: the whole file, of any format that is read.
    ///   - preprocessing: how the backbone's input was made of the photo.
    ///   - longerSide: pixels of the picture's longer side; a photo that is smaller keeps its size.
    /// - Throws: `ImageError` saying why the photo cannot be used; `RegraftError` (`encoding_failed`).
    public func heatPicture(
        of file: UnsafeRawBufferPointer, _ preprocessing: Preprocessing, _ map: HeatMap, longerSide: Int = 512
    ) throws -> HeatPicture {
        var photo = try upright(file, longerSide: longerSide)
        let region = preprocessing.region(ofPhoto: photo.originalWidth, photo.originalHeight)
        photo.paint(map, over: region)
        return HeatPicture(
            png: try PNGEncoder.encode(photo.pixels, width: photo.width, height: photo.height), width: photo.width,
            height: photo.height, region: region)
    }
}

extension UprightPhoto {
    /// What the largest number hides of the photo: 0…1.
    static let opacity: Float = 0.75

    mutating func paint(_ map: HeatMap, over region: PhotoRegion) {
        guard let largest = map.values.max(), largest > 0 else { return }
        let colours = HeatColours.table
        for row in 0..<height {
            let y = ((Double(row) + 0.5) / Double(height) - region.y) / region.height
            guard (0...1).contains(y) else { continue }
            for column in 0..<width {
                let x = ((Double(column) + 0.5) / Double(width) - region.x) / region.width
                guard (0...1).contains(x) else { continue }
                let share = map.value(x: x, y: y) / largest
                guard share > 0 else { continue }
                // The root, so that small numbers are seen: the largest one's light yellow is hardly another colour than white.
                let (colour, alpha) = (HeatColours.offset(of: share), min(1, share).squareRoot() * Self.opacity)
                let at = (row * width + column) * 3
                for channel in 0..<3 {
                    let (below, above) = (Float(pixels[at + channel]), Float(colours[colour + channel]))
                    pixels[at + channel] = UInt8((below + (above - below) * alpha).rounded())
                }
            }
        }
    }
}

/// A rectangle on an upright photo, in parts of its width and height: 0, 0 is its left upper corner and 1, 1 the right lower one.
public struct PhotoRegion: Sendable, Equatable {
    public let x: Double
    public let y: Double
    public let width: Double
    public let height: Double

    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}

extension Preprocessing {
    /// What of a photo a backbone sees. With `FitMode.pad` it reaches beyond the photo, into the grey: below 0 and above 1.
    /// - Parameters:
    ///   - photoWidth, photoHeight: of the upright photo, in pixels.
    public func region(ofPhoto photoWidth: Int, _ photoHeight: Int) -> PhotoRegion {
        let placement = Placement(
            width: photoWidth, height: photoHeight, target: (width, height), self, view: .whole)
        // The part of the box that one pixel of the result covers, and how many of them there are beside it.
        let (unitX, unitY) = (
            placement.box.width / Double(placement.innerWidth), placement.box.height / Double(placement.innerHeight)
        )
        let (left, top) = (
            Double(width - placement.innerWidth) / 2, Double(height - placement.innerHeight) / 2
        )
        return PhotoRegion(
            x: (placement.box.x - left * unitX) / Double(photoWidth),
            y: (placement.box.y - top * unitY) / Double(photoHeight),
            width: Double(width) * unitX / Double(photoWidth), height: Double(height) * unitY / Double(photoHeight))
    }
}

public import Domain

/// From a photo of any size to the pixels that a backbone takes: read from its descriptor by training and serving
/// alike.
public struct Preprocessing: Sendable, Hashable {
    /// Of the result, in pixels.
    public let width: Int
    public let height: Int
    public let fit: FitMode
    /// The part of the largest possible box that `FitMode.crop` keeps: 0…1.
    public let cropFraction: Double
    /// The grey around a photo in `FitMode.pad`: 0…255.
    public let padding: UInt8

    public init(width: Int, height: Int, fit: FitMode, cropFraction: Double = 1, padding: UInt8 = 127) {
        self.width = width
        self.height = height
        self.fit = fit
        self.cropFraction = cropFraction
        self.padding = padding
    }

    /// Names the result for the bottleneck cache. The number in front counts changes to the pixels that this target
    /// makes from the same photo, so that old vectors are not mistaken for new ones.
    public var cacheKey: String {
        switch fit {
        case .crop: "2 \(width)x\(height) crop \(cropFraction)"
        case .squash: "2 \(width)x\(height) squash"
        case .pad: "2 \(width)x\(height) pad \(padding)"
        }
    }
}

/// Which part of a stored picture goes to which part of the result. Both are in the orientation of the file.
struct Placement: Equatable {
    /// In pixels of the stored picture at full size.
    var box: Box
    /// The part of the result that the box fills, centred; smaller than the result only for `FitMode.pad`.
    var innerWidth: Int
    var innerHeight: Int

    struct Box: Equatable {
        var x: Double
        var y: Double
        var width: Double
        var height: Double
    }

    /// - Parameters:
    ///   - width, height: of the stored picture.
    ///   - target: width and height of the result before it is turned upright.
    init(width: Int, height: Int, target: (width: Int, height: Int), _ preprocessing: Preprocessing, view: View) {
        let (photoWidth, photoHeight) = (Double(width), Double(height))
        let (targetWidth, targetHeight) = (Double(target.width), Double(target.height))
        (innerWidth, innerHeight) = target
        box = Box(x: 0, y: 0, width: photoWidth, height: photoHeight)
        switch preprocessing.fit {
        case .squash:
            break
        case .crop:
            let unit = min(photoWidth / targetWidth, photoHeight / targetHeight) * preprocessing.cropFraction
            box.width = unit * targetWidth
            box.height = unit * targetHeight
            box.x = (photoWidth - box.width) / 2
            box.y = (photoHeight - box.height) / 2
        case .pad:
            let unit = max(photoWidth / targetWidth, photoHeight / targetHeight)
            innerWidth = Self.centredSize(photoWidth / unit, within: target.width)
            innerHeight = Self.centredSize(photoHeight / unit, within: target.height)
        }
        if view.extent < 1 {
            box.x += (1 - view.extent) * box.width * view.left
            box.y += (1 - view.extent) * box.height * view.top
            box.width *= view.extent
            box.height *= view.extent
        }
    }

    /// The nearest size that leaves the same room on both sides: otherwise a turned copy of the same photo would come
    /// out shifted by a pixel.
    private static func centredSize(_ size: Double, within target: Int) -> Int {
        let margin = Int(((Double(target) - size) / 2).rounded())
        return max(target - 2 * max(margin, 0), target % 2 == 0 ? 2 : 1)
    }
}

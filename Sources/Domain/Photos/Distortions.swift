/// The random changes that training may make to a photo, with the meaning they have in TensorFlow's `retrain.py`.
/// Percentages; zero is none.
public struct Distortions: Sendable, Hashable, Codable {
    /// Mirror half of the views.
    public var flipLeftRight = false
    /// The margin around the crop box: 10 enlarges the picture by 10 % and takes the box from a random place.
    public var cropPercent = 0
    /// Enlarges the picture further, by up to this much.
    public var scalePercent = 0
    /// Multiplies the pixels by a random factor within this much of 1.
    public var brightnessPercent = 0

    public init(
        flipLeftRight: Bool = false, cropPercent: Int = 0, scalePercent: Int = 0, brightnessPercent: Int = 0
    ) {
        self.flipLeftRight = flipLeftRight
        self.cropPercent = cropPercent
        self.scalePercent = scalePercent
        self.brightnessPercent = brightnessPercent
    }

    public var isNone: Bool { self == Distortions() }

    /// Whether mirroring is all that happens, so that there is only one view beside the photo itself.
    private var isFlipOnly: Bool { self == Distortions(flipLeftRight: true) }

    /// How many different distorted views are worth making when `wanted` are asked for.
    public func viewCount(wanted: Int) -> Int {
        if isNone { return 0 }
        return isFlipOnly ? min(1, wanted) : wanted
    }

    /// View `index` of a photo: the same settings, photo and index always give the same view, so it can be cached.
    public func view(_ index: Int, of photo: PhotoDigest) -> View {
        let name =
            "flip=\(flipLeftRight ? 1 : 0),crop=\(cropPercent),scale=\(scalePercent),"
            + "brightness=\(brightnessPercent),view=\(index)"
        if isFlipOnly { return View(name: name, mirrored: true) }
        let seed = photo.bytes.prefix(8).reduce(UInt64(index)) { $0 &* 0x100_0000_01B3 ^ UInt64($1) }
        var random = SeededRandom(seed: seed)
        let enlargement =
            (1 + Double(cropPercent) / 100) * random.uniform(in: 1...(1 + Double(scalePercent) / 100))
        let (left, top) = (random.uniform(), random.uniform())
        let mirrored = flipLeftRight && random.uniform() < 0.5
        let spread = Double(brightnessPercent) / 100
        return View(
            name: name, mirrored: mirrored, extent: 1 / enlargement, left: left, top: top,
            brightness: max(0, random.uniform(in: (1 - spread)...(1 + spread))))
    }
}

/// One way of looking at a photo: the photo itself, or one distorted view of it.
public struct View: Sendable, Hashable {
    /// What the bottleneck cache knows it by; empty for the photo itself.
    public let name: String
    public let mirrored: Bool
    /// The part of the fitted box's width and height that is kept: 0…1.
    public let extent: Double
    /// Where that part lies in the room left for it: 0 (left, top) … 1.
    public let left: Double
    public let top: Double
    /// Factor on the pixel values, which are cut off at 255.
    public let brightness: Double

    public init(
        name: String, mirrored: Bool = false, extent: Double = 1, left: Double = 0, top: Double = 0,
        brightness: Double = 1
    ) {
        self.name = name
        self.mirrored = mirrored
        self.extent = extent
        self.left = left
        self.top = top
        self.brightness = brightness
    }

    /// The undistorted photo.
    public static let whole = View(name: "")
}

/// How a stored picture must be turned to stand upright: the eight values of EXIF's Orientation tag (CIPA DC-008, 4.6.4).
public enum Orientation: Int, Sendable, CaseIterable {
    case upright = 1
    case mirrored, turned180, flipped, transposed, turned90Clockwise, transversed, turned90Counterclockwise

    /// Whether upright width is stored height.
    package var swapsAxes: Bool { rawValue >= 5 }

    /// Where the stored picture holds the pixel that stands at (`x`, `y`) in the upright one of `width` × `height`.
    @inline(__always)
    package func stored(x: Int, y: Int, width: Int, height: Int) -> (x: Int, y: Int) {
        switch self {
        case .upright: (x, y)
        case .mirrored: (width - 1 - x, y)
        case .turned180: (width - 1 - x, height - 1 - y)
        case .flipped: (x, height - 1 - y)
        case .transposed: (y, x)
        case .turned90Clockwise: (y, width - 1 - x)
        case .transversed: (height - 1 - y, width - 1 - x)
        case .turned90Counterclockwise: (height - 1 - y, x)
        }
    }
}

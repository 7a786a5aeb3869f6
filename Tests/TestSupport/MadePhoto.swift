public import Foundation

/// A photo of a colour whose texture is its own: photos of one colour look alike to a stub engine and to nobody else.
public enum MadePhoto {
    public static let colours: [String: [Int]] = [
        "red": [180, 20, 20], "green": [20, 180, 20], "blue": [20, 20, 180],
    ]

    /// A PNG file of 16 × 16 pixels.
    /// - Parameters:
    ///   - colour: one of `colours`.
    ///   - number: the same one gives the same photo.
    public static func png(_ colour: String, _ number: Int) -> Data {
        let base = colours[colour] ?? [90, 90, 90]
        return MadePicture(width: 16, height: 16) { x, y, channel in
            // A multiplicative hash of the 2 × 2 block.
            let block = UInt64(truncatingIfNeeded: (y / 2 * 8 + x / 2 + 1) * 1_000_003 + number * 97 + base[0])
            return base[channel] + Int((block &* 0x9E37_79B9_7F4A_7C15) >> 58)
        }.png()
    }
}

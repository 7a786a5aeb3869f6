import Foundation

/// Colours for numbers of 0…1, from dark violet through red and orange to light yellow.
///
/// They are perceptually uniform by construction: in OKLab (Ottosson, "A perceptual color space for image processing", 2020)
/// they lie on a helix, with lightness and hue rising evenly and constant chroma, so that equal steps of the number are equal
/// distances there; and since lightness alone tells them apart, they are in order for the colour-blind and in grey.
package enum HeatColours {
    /// 256 colours, three bytes each: sRGB.
    package static let table: [UInt8] = (0..<256).flatMap { step -> [UInt8] in
        let share = Double(step) / 255
        return sRGB(lightness: 0.35 + 0.58 * share, chroma: 0.13, hue: 290 + 175 * share)
    }

    /// The colour of a number of 0…1 begins here in `table`.
    static func offset(of share: Float) -> Int { Int((max(0, min(1, share)) * 255).rounded()) * 3 }

    /// - Parameter hue: in degrees.
    private static func sRGB(lightness: Double, chroma: Double, hue: Double) -> [UInt8] {
        let (a, b) = (chroma * cos(hue * .pi / 180), chroma * sin(hue * .pi / 180))
        let long = pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3)
        let medium = pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3)
        let short = pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3)
        return [
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        ].map(encoded)
    }

    /// Of linear light: IEC 61966-2-1.
    private static func encoded(_ light: Double) -> UInt8 {
        let value = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055
        return UInt8((max(0, min(1, value)) * 255).rounded())
    }
}

import Domain
import Foundation
import Images
import TestSupport
import Testing

/// TIFF files with other samples than bytes.
struct TIFFTests {
    private static let whole = Preprocessing(width: 2, height: 1, fit: .squash)

    /// Linear light to an sRGB byte: IEC 61966-2-1, 5.2.
    private static func encoded(_ light: Double) -> Double {
        let value = min(max(light, 0), 1)
        return 255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1 / 2.4) - 0.055)
    }

    // Two pixels of 1 to 4 channels; transparent ones over white, which is done on the bytes.
    @Test(
        arguments: [
            [[0.2], [0.7]], [[-1], [3]], [[0.2, 1], [0.7, 0.5]], [[0.1, 0.4, 0.9], [0.9, 0.002, 0.3]],
            [[-0.5, 0.5, 2], [0, 1, 0.01]], [[0.1, 0.4, 0.9, 1], [0.9, 0.1, 0.3, 0.25]],
        ] as [[[Float]]])
    func takesFloatsForLinearLight(pixels: [[Float]]) throws {
        let channels = pixels[0].count
        let tiff = MadeTIFF(
            width: 2, height: 1, channels: channels, bits: 32, samples: .float,
            content: MadeTIFF.floats(pixels.flatMap { $0 }))
        let expected = pixels.flatMap { pixel in
            let alpha = channels % 2 == 0 ? Double(pixel[channels - 1]) : 1
            return (0..<3).map { index in
                let byte = Self.encoded(Double(pixel[channels < 3 ? 0 : index]))
                return UInt8((byte * alpha + 255 * (1 - alpha)).rounded())
            }
        }
        let decoded = try PhotoDecoder().decode(tiff.file, Self.whole)
        #expect(difference(decoded, expected) <= 2, "\(decoded), \(expected)")
    }

    @Test func takesSixteenBitsForAllOfTheirRange() throws {
        let values = [0, 257 * 100, 65_535, 257 * 30, 257 * 200, 257]
        let tiff = MadeTIFF(
            width: 2, height: 1, bits: 16, content: values.flatMap { MadeTIFF.bytes($0, 2) })
        #expect(try PhotoDecoder().decode(tiff.file, Self.whole) == [0, 100, 255, 30, 200, 1])
    }

    // Measurements without an agreed white: whatever was made of them would be a black or a white picture for most.
    @Test(
        arguments: [
            (8, .signed, 3, "3 8-bit signed integer"), (16, .signed, 1, "1 16-bit signed integer"),
            (16, .signed, 3, "3 16-bit signed integer"), (32, .signed, 1, "1 32-bit signed integer"),
            (32, .unsigned, 3, "3 32-bit integer"), (8, .unsigned, 5, "5 8-bit"),
        ] as [(Int, MadeTIFF.Samples, Int, String)])
    func saysWhichSamplesItDoesNotDecode(bits: Int, samples: MadeTIFF.Samples, channels: Int, words: String) {
        let tiff = MadeTIFF(
            width: 2, height: 1, channels: channels, bits: bits, samples: samples,
            content: [UInt8](repeating: 1, count: 2 * channels * bits / 8))
        let error = refusal(tiff.file)
        #expect(error?.code == .unsupported)
        #expect(error?.reason.contains("of \(words) samples") == true, "\(error?.reason ?? "")")
    }
}

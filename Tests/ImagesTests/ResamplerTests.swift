import Domain
import Images
import TestSupport
import Testing

/// Pillow's `resize(BICUBIC, box=)` in floating point, on pictures made from a formula: `scripts/golden_images.py`.
struct ResamplerTests {
    @Test(arguments: Golden.resampling)
    func resamplesAsPillowDoes(_ example: Golden.Resampling) throws {
        let file = MadePicture.textured(width: example.width, height: example.height).png()
        let decoder = PhotoDecoder()
        for golden in example.goldens {
            let pixels = try decoder.decode(file, golden.preprocessing)
            #expect(difference(pixels, golden.pixels) <= 2, "\(example), \(golden)")
        }
    }

    // Weights sum to 1 whatever the size: one colour stays that colour, to the last level and at every edge.
    @Test func keepsOneColour() throws {
        let decoder = PhotoDecoder()
        for (number, size) in [(3, (1, 1)), (7, (5, 90)), (255, (64, 63)), (0, (33, 2))] {
            let picture = MadePicture.plain(number, width: size.0, height: size.1)
            let pixels = try decoder.decode(picture.png(), Preprocessing(width: 24, height: 17, fit: .squash))
            let expected = MadePicture.plain(number, width: 24, height: 17).pixels
            #expect(pixels == expected, "\(size)")
        }
    }

    // At the same size every output pixel is one source pixel.
    @Test func leavesAPictureOfTheRightSizeAlone() throws {
        let picture = MadePicture.textured(width: 20, height: 15)
        for fit in FitMode.allCases {
            let pixels = try PhotoDecoder().decode(picture.png(), Preprocessing(width: 20, height: 15, fit: fit))
            #expect(pixels == picture.pixels, "\(fit)")
        }
    }
}

import Domain
import Foundation
import Images
import TestSupport
import Testing

/// Files of every format against Pillow: see `scripts/golden_images.py`.
struct PhotoDecoderTests {
    // Every format and every way of storing colours, in the three fit modes; the eight orientations share their goldens.
    @Test(arguments: Golden.pictures)
    func decodesAsPillowDoes(_ picture: Golden.Picture) throws {
        let decoder = PhotoDecoder()
        #expect(!picture.goldens.isEmpty)
        for golden in picture.goldens {
            let pixels = try decoder.decode(picture.file, golden.preprocessing)
            #expect(difference(pixels, golden.pixels) <= picture.tolerance, "\(picture), \(golden)")
        }
    }

    // A decoder keeps its scratch memory: what it decoded before must not show in what it decodes next.
    @Test func givesTheSameWhateverItDecodedBefore() throws {
        let used = PhotoDecoder()
        for picture in Golden.pictures + Golden.pictures.reversed() {
            for golden in picture.goldens {
                let fresh = try PhotoDecoder().decode(picture.file, golden.preprocessing)
                #expect(try used.decode(picture.file, golden.preprocessing) == fresh, "\(picture), \(golden)")
            }
        }
    }

    // Many photos carry a profile that says sRGB: it must change nothing.
    @Test func leavesPixelsAloneThatAreSRGBAlready() throws {
        let picture = Golden.picture("JPEG sRGB profile")
        let whole = Preprocessing(width: 15, height: 11, fit: .squash)
        let broken = Golden.picture("JPEG broken profile")
        #expect(try PhotoDecoder().decode(picture.file, whole) == PhotoDecoder().decode(broken.file, whole))
    }
}

/// Pictures stored in the eight ways a camera can be held.
struct PhotoDecoderOrientationTests {
    // Without loss, so that the eight must agree to the rounding of a sum; the layouts are taken from the EXIF
    // specification. Odd and even sizes, both shapes, targets that are not square.
    @Test(arguments: [(37, 23), (23, 37), (12, 30), (8, 8)], FitMode.allCases)
    func givesTheSamePixelsForAllEight(size: (width: Int, height: Int), fit: FitMode) throws {
        let decoder = PhotoDecoder()
        let upright = MadePicture.textured(width: size.width, height: size.height)
        for (width, height) in [(16, 16), (13, 9), (9, 14)] {
            let preprocessing = Preprocessing(width: width, height: height, fit: fit, cropFraction: 0.9)
            let expected = try decoder.decode(upright.png(), preprocessing)
            for orientation in 1...8 {
                let file = Exif.stored(upright, orientation: orientation).png(orientation: orientation)
                let pixels = try decoder.decode(file, preprocessing)
                #expect(difference(pixels, expected) <= 1, "orientation \(orientation), \(width) × \(height)")
            }
        }
    }
}

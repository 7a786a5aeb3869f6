import Domain
import Foundation
import Images
import TestSupport
import Testing

/// Views of a photo, and what the cache is told about preprocessing.
struct PreprocessingTests {
    private static let picture = MadePicture.textured(width: 60, height: 44)

    private func decode(_ view: View, fit: FitMode = .crop, width: Int = 16, height: Int = 12) throws -> [UInt8] {
        try PhotoDecoder().decode(
            Self.picture.png(), Preprocessing(width: width, height: height, fit: fit, cropFraction: 0.9), view: view)
    }

    private func mirrored(_ pixels: [UInt8], width: Int) -> [UInt8] {
        let rows = stride(from: 0, to: pixels.count, by: width * 3).map { Array(pixels[$0..<$0 + width * 3]) }
        return rows.flatMap { row in
            stride(from: row.count - 3, through: 0, by: -3).flatMap { Array(row[$0..<$0 + 3]) }
        }
    }

    @Test(arguments: FitMode.allCases)
    func mirrorsTheWholeView(fit: FitMode) throws {
        for (width, height) in [(16, 12), (9, 13)] {
            let whole = try decode(.whole, fit: fit, width: width, height: height)
            let turned = try decode(View(name: "m", mirrored: true), fit: fit, width: width, height: height)
            #expect(turned == mirrored(whole, width: width))
            #expect(turned != whole)
        }
    }

    // Mirroring is of the upright picture, however it is stored.
    @Test(arguments: 1...8)
    func mirrorsUpright(orientation: Int) throws {
        let file = Exif.stored(Self.picture, orientation: orientation).png(orientation: orientation)
        let preprocessing = Preprocessing(width: 16, height: 12, fit: .squash)
        let whole = try PhotoDecoder().decode(file, preprocessing)
        let turned = try PhotoDecoder().decode(file, preprocessing, view: View(name: "m", mirrored: true))
        #expect(turned == mirrored(whole, width: 16))
    }

    // Multiplied, rounded and cut off at 255.
    @Test(arguments: [0, 0.5, 1.2, 3])
    func brightens(factor: Double) throws {
        let whole = try decode(.whole)
        let brighter = try decode(View(name: "b", brightness: factor))
        #expect(brighter == whole.map { UInt8(min(255, (Double($0) * factor).rounded())) })
    }

    // A colour that only the outside of the box has must not come in: the part that is kept lies where the view says.
    @Test(arguments: [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.5, 0.5)])
    func keepsThePartThatTheViewNames(left: Double, top: Double) throws {
        // Red rises with x and green with y, by 4 a pixel.
        let picture = MadePicture(width: 60, height: 60) { x, y, channel in [4 * x, 4 * y, 0][channel] }
        let pixels = try PhotoDecoder().decode(
            picture.png(), Preprocessing(width: 10, height: 10, fit: .squash),
            view: View(name: "c", extent: 0.5, left: left, top: top))
        // The box is 30 × 30 at (30 left, 30 top), each pixel of the result 3 × 3 of it, whose middle is at 1.5 − 0.5.
        for (x, y) in [(3, 3), (6, 5), (5, 6)] {
            let red = Int(pixels[(y * 10 + x) * 3])
            let green = Int(pixels[(y * 10 + x) * 3 + 1])
            #expect(abs(red - Int(4 * (30 * left + 3 * Double(x) + 1))) <= 2)
            #expect(abs(green - Int(4 * (30 * top + 3 * Double(y) + 1))) <= 2)
        }
    }

    // No view looks outside the photo, wherever the box lies: one colour stays one colour.
    @Test func everyViewLiesInsideThePhoto() throws {
        let photo = PhotoDigest(bytes: Array(0..<32))
        let distortions = Distortions(flipLeftRight: true, cropPercent: 20, scalePercent: 40)
        let file = MadePicture.plain(5, width: 31, height: 50).png()
        let expected = MadePicture.plain(5, width: 12, height: 12).pixels
        for index in 0..<50 {
            let view = distortions.view(index, of: photo)
            for fit in [FitMode.crop, .squash] {
                let preprocessing = Preprocessing(width: 12, height: 12, fit: fit)
                #expect(try PhotoDecoder().decode(file, preprocessing, view: view) == expected)
            }
        }
    }

    @Test func givesTheSamePixelsForTheSameView() throws {
        let photo = PhotoDigest(bytes: Array(0..<32))
        let distortions = Distortions(flipLeftRight: true, cropPercent: 10, scalePercent: 10, brightnessPercent: 20)
        for index in 0..<8 {
            let first = try decode(distortions.view(index, of: photo))
            #expect(try decode(distortions.view(index, of: photo)) == first)
            #expect(try decode(distortions.view(index + 1, of: photo)) != first)
        }
    }

    // Whatever changes pixels changes the key under which the cache knows them.
    @Test func namesEverythingThatChangesPixels() {
        let keys = [
            Preprocessing(width: 8, height: 8, fit: .crop), Preprocessing(width: 9, height: 8, fit: .crop),
            Preprocessing(width: 8, height: 9, fit: .crop), Preprocessing(width: 8, height: 8, fit: .squash),
            Preprocessing(width: 8, height: 8, fit: .pad), Preprocessing(width: 8, height: 8, fit: .pad, padding: 0),
            Preprocessing(width: 8, height: 8, fit: .crop, cropFraction: 0.875),
        ].map(\.cacheKey)
        #expect(Set(keys).count == keys.count)
        // And what does not, does not: two descriptors that differ in it share their vectors.
        #expect(
            Preprocessing(width: 8, height: 8, fit: .squash, cropFraction: 0.5, padding: 3).cacheKey
                == Preprocessing(width: 8, height: 8, fit: .squash).cacheKey)
    }
}

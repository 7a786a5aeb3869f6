import Domain
import Foundation
import Images
import TestSupport
import Testing

/// Photos with a heat map over them, and where on the photo it lies.
struct HeatPictureTests {
    private static let squash = Preprocessing(width: 8, height: 8, fit: .squash)

    private func pixels(of picture: HeatPicture) throws -> [UInt8] {
        let whole = Preprocessing(width: picture.width, height: picture.height, fit: .squash)
        return try PhotoDecoder().decode(Data(picture.png), whole)
    }

    private func heat(
        _ photo: Data, _ map: HeatMap, seen preprocessing: Preprocessing = squash
    ) throws -> HeatPicture {
        try photo.withUnsafeBytes {
            try PhotoDecoder().heatPicture(of: $0, preprocessing, map)
        }
    }

    /// `[height, width]`: whether a pixel is another than the photo's grey.
    private func painted(_ picture: HeatPicture) throws -> [Bool] {
        let pixels = try pixels(of: picture)
        return (0..<picture.width * picture.height).map { at in
            (0..<3).contains { pixels[at * 3 + $0] != 100 }
        }
    }

    private func grey(_ width: Int, _ height: Int) -> MadePicture {
        MadePicture(width: width, height: height) { _, _, _ in 100 }
    }

    // By hand, for a backbone of 8 × 8 and other sizes.
    @Test(
        arguments: [
            (FitMode.squash, 1.0, 8, 8, 100, 50, PhotoRegion(x: 0, y: 0, width: 1, height: 1)),
            (.crop, 1, 8, 8, 100, 50, PhotoRegion(x: 0.25, y: 0, width: 0.5, height: 1)),
            (.crop, 1, 8, 8, 50, 100, PhotoRegion(x: 0, y: 0.25, width: 1, height: 0.5)),
            (.crop, 0.5, 8, 8, 100, 50, PhotoRegion(x: 0.375, y: 0.25, width: 0.25, height: 0.5)),
            (.crop, 1, 16, 8, 100, 100, PhotoRegion(x: 0, y: 0.25, width: 1, height: 0.5)),
            (.pad, 1, 8, 8, 100, 50, PhotoRegion(x: 0, y: -0.5, width: 1, height: 2)),
            (.pad, 1, 8, 8, 50, 100, PhotoRegion(x: -0.5, y: 0, width: 2, height: 1)),
            (.pad, 1, 8, 8, 70, 70, PhotoRegion(x: 0, y: 0, width: 1, height: 1)),
        ])
    func saysWhatABackboneSees(
        fit: FitMode, fraction: Double, width: Int, height: Int, photoWidth: Int, photoHeight: Int, region: PhotoRegion
    ) {
        let preprocessing = Preprocessing(width: width, height: height, fit: fit, cropFraction: fraction)
        let found = preprocessing.region(ofPhoto: photoWidth, photoHeight)
        for (one, other) in zip(
            [found.x, found.y, found.width, found.height], [region.x, region.y, region.width, region.height])
        { #expect(abs(one - other) < 1e-9, "\(found)") }
    }

    // The longer side is 512 at most, and nothing is enlarged.
    @Test(arguments: [(1024, 512, 512, 256), (300, 600, 256, 512), (40, 30, 40, 30)])
    func hasAHandySize(width: Int, height: Int, expectedWidth: Int, expectedHeight: Int) throws {
        let picture = try heat(grey(width, height).png(), HeatMap(height: 1, width: 1, values: [1]))
        #expect(picture.width == expectedWidth && picture.height == expectedHeight)
        #expect(Array(picture.png.prefix(8)) == Array(PNG.signature))
    }

    // Of one cell that is warm, in each corner: its colour is in that corner of what the backbone sees and nowhere else,
    // whichever way the camera was held.
    @Test(arguments: [FitMode.squash, .crop, .pad], 0..<4)
    func liesWhereTheBackboneLooks(fit: FitMode, corner: Int) throws {
        var values = [Float](repeating: -1, count: 16)
        values[[0, 3, 12, 15][corner]] = 1
        let map = HeatMap(height: 4, width: 4, values: values)
        let (width, height) = (80, 40)
        for orientation in 1...8 {
            let file = Exif.stored(grey(width, height), orientation: orientation).png(orientation: orientation)
            let picture = try heat(file, map, seen: Preprocessing(width: 8, height: 8, fit: fit))
            try #require(picture.width == width && picture.height == height)
            let (left, top, size): (Double, Double, (Double, Double)) =
                switch fit {
                case .squash: (0, 0, (80, 40))
                case .crop: (20, 0, (40, 40))
                case .pad: (0, -20, (80, 80))
                }
            // Between the middles of two cells it falls from 1 to −1, so half of the way is warm.
            let (cellWidth, cellHeight) = (size.0 / 4, size.1 / 4)
            let isRight = corner % 2 == 1
            let isLow = corner > 1
            let warm = try painted(picture)
            var wrong: [String] = []
            for y in 0..<height {
                for x in 0..<width {
                    let column = (Double(x) + 0.5 - left) / cellWidth
                    let row = (Double(y) + 0.5 - top) / cellHeight
                    let (fromEdgeX, fromEdgeY) = (isRight ? 4 - column : column, isLow ? 4 - row : row)
                    let isInside = (0...4).contains(column) && (0...4).contains(row)
                    // The product of two falling lines: above 0 where (2 − 2a)(…) is, with a the way from the middle.
                    let (a, b) = (max(0, fromEdgeX - 0.5), max(0, fromEdgeY - 0.5))
                    let value = a < 1 && b < 1 ? 2 * (1 - a) * (1 - b) - 1 : -1
                    guard abs(value) > 0.1 else { continue }
                    if warm[y * width + x] != (isInside && value > 0) { wrong.append("\(x), \(y)") }
                }
            }
            #expect(wrong.isEmpty, "orientation \(orientation)")
        }
    }

    @Test(arguments: [[-1, -2, -3, -4], [0, 0, 0, 0], [0, -1, 0, -1] as [Float]])
    func isThePhotoAloneWhereNothingSpeaksForIt(values: [Float]) throws {
        let picture = try heat(
            MadePicture.textured(width: 30, height: 20).png(), HeatMap(height: 2, width: 2, values: values))
        #expect(try pixels(of: picture) == MadePicture.textured(width: 30, height: 20).pixels)
    }

    @Test func refusesWhatIsNoPicture() {
        let map = HeatMap(height: 1, width: 1, values: [1])
        #expect(throws: ImageError.self) { try heat(Data("no picture".utf8), map) }
        #expect(throws: ImageError.self) { try heat(Golden.picture("JPEG").file.prefix(200), map) }
    }
}

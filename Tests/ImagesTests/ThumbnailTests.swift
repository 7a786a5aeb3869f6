import Domain
import Foundation
import Images
import TestSupport
import Testing

/// Small upright JPEGs of photos.
struct ThumbnailTests {
    /// Red rises with x and green with y, slowly, so that JPEG changes little: in the middle of a box of pixels they are what
    /// the formula says there.
    private static func slope(_ width: Int, _ height: Int) -> MadePicture {
        MadePicture(width: width, height: height) { x, y, channel in [2 * x, 2 * y, 90][channel] }
    }

    private func thumbnail(_ file: Data, _ side: Int) throws -> Data {
        Data(try file.withUnsafeBytes { try PhotoDecoder().thumbnail(of: $0, longerSide: side) })
    }

    /// Of the frame header (T.81, B.2.2).
    private func size(of jpeg: Data) throws -> [Int] {
        let frame = try #require(jpeg.offsets(ofMarker: 0xC0).first)
        return [frame + 7, frame + 5].map { Int(jpeg[$0]) << 8 | Int(jpeg[$0 + 1]) }
    }

    // The longer side is what was asked for, the other one is in proportion and never nothing; no picture is enlarged.
    @Test(
        arguments: [
            (100, 60, 50, [50, 30]), (60, 100, 50, [30, 50]), (100, 67, 50, [50, 34]), (80, 80, 16, [16, 16]),
            (40, 30, 64, [40, 30]), (1, 1, 16, [1, 1]), (100, 1, 50, [50, 1]), (64, 40, 64, [64, 40]),
        ])
    func hasTheSizeThatWasAskedFor(width: Int, height: Int, side: Int, expected: [Int]) throws {
        #expect(try size(of: thumbnail(MadePicture.plain(3, width: width, height: height).png(), side)) == expected)
    }

    // However it is stored: the layouts are taken from the EXIF specification.
    @Test(arguments: 1...8)
    func standsUpright(orientation: Int) throws {
        let upright = Self.slope(100, 60)
        let file = Exif.stored(upright, orientation: orientation).png(orientation: orientation)
        let jpeg = try thumbnail(file, 50)
        #expect(try size(of: jpeg) == [50, 30])
        let pixels = try PhotoDecoder().decode(jpeg, Preprocessing(width: 50, height: 30, fit: .squash))
        var sum = 0
        for y in 0..<30 {
            for x in 0..<50 {
                let at = (y * 50 + x) * 3
                sum += abs(Int(pixels[at]) - (4 * x + 1)) + abs(Int(pixels[at + 1]) - (4 * y + 1))
                sum += abs(Int(pixels[at + 2]) - 90)
            }
        }
        // A picture that is mirrored or turned is off by tens.
        #expect(Double(sum) / (50 * 30 * 3) < 2.5, "mean difference")
        #expect(jpeg.range(of: Data("Exif".utf8)) == nil, "what is upright must not be turned again")
    }

    @Test func refusesWhatIsNoPicture() {
        #expect(throws: ImageError.self) { try thumbnail(Data("no picture".utf8), 50) }
        #expect(throws: ImageError.self) { try thumbnail(Golden.picture("JPEG").file.prefix(200), 50) }
    }
}

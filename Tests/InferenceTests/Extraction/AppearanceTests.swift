import Domain
import Foundation
import Images
import Inference
import TestSupport
import Testing

struct AppearanceTests {
    /// Pictures that Pillow saved: see `scripts/golden_appearance.py`.
    private struct Golden: Decodable {
        let original: Data
        let copies: [String: Data]
        let others: [Data]
    }

    private func golden() throws -> Golden {
        let url = try #require(
            Bundle.module.url(forResource: "appearance", withExtension: "json", subdirectory: "Golden"))
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    }

    private func hash(_ file: Data, size: Int = 224) throws -> UInt64 {
        var pixels = [UInt8](repeating: 0, count: size * size * 3)
        try pixels.withUnsafeMutableBufferPointer { pixels in
            try file.withUnsafeBytes {
                try PhotoDecoder().decode($0, Preprocessing(width: size, height: size, fit: .crop), into: pixels)
            }
        }
        return pixels.withUnsafeBufferPointer { Appearance.hash($0, width: size, height: size) }
    }

    private func distance(_ left: UInt64, _ right: UInt64) -> Int { (left ^ right).nonzeroBitCount }

    @Test func copiesAreNearAndOthersFar() throws {
        let golden = try golden()
        let original = try hash(golden.original)
        for (name, file) in golden.copies { #expect(distance(try hash(file), original) <= 4, "\(name)") }
        #expect(golden.copies.count == 4 && golden.others.count == 6)
        for file in golden.others { #expect(distance(try hash(file), original) >= 16) }
    }

    // Bit by bit, on a picture whose cells are known: 9 × 8 cells of 2 × 2 pixels, brighter by `levels`.
    @Test func saysForEachCellWhetherItIsBrighterThanTheNext() {
        let levels = [9, 1, 5, 5, 7, 3, 2, 8, 0]
        // Brighter than the right neighbour: 9 > 1, 7 > 3, 3 > 2, 8 > 0; equal is not brighter.
        let row: UInt64 = 0b1000_1101
        let picture = MadePicture(width: 18, height: 16) { x, y, _ in 20 * levels[y / 2 == 3 ? 8 - x / 2 : x / 2] }
        // The row that is turned around: 0 8 2 3 7 5 5 1 9.
        let turned: UInt64 = 0b0100_1010
        let expected = (0..<8).reduce(UInt64(0)) { $0 << 8 | ($1 == 3 ? turned : row) }
        let found = picture.pixels.withUnsafeBufferPointer { Appearance.hash($0, width: 18, height: 16) }
        #expect(found == expected)
    }

    // Nine does not divide the width: cells of different widths are compared by their means, so one colour is even.
    @Test(arguments: [9, 10, 13, 224, 299])
    func isZeroForOneColour(size: Int) {
        let picture = MadePicture.plain(3, width: size, height: size)
        #expect(picture.pixels.withUnsafeBufferPointer { Appearance.hash($0, width: size, height: size) } == 0)
    }
}

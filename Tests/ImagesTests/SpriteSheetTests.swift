import Domain
import Foundation
import Images
import TestSupport
import Testing

struct SpriteSheetTests {
    private func pixels(_ png: [UInt8], side: Int) throws -> [UInt8] {
        let preprocessing = Preprocessing(width: side, height: side, fit: .squash)
        var pixels = [UInt8](repeating: 0, count: side * side * 3)
        try pixels.withUnsafeMutableBufferPointer { buffer in
            try png.withUnsafeBytes { try PhotoDecoder().decode($0, preprocessing, into: buffer) }
        }
        return pixels
    }

    // Three photos in a square of four places, row by row; what is no photo leaves its place white.
    @Test func hasAPlaceForEachPhoto() throws {
        let sheet = SpriteSheet(count: 3, side: 8, limits: ImageLimits())
        for (index, colour) in [[200, 0, 0], [0, 0, 200]].enumerated() {
            let photo = MadePicture(width: 16, height: 16) { _, _, channel in colour[channel] }.png()
            try photo.withUnsafeBytes { try sheet.draw($0, at: index * 2) }
        }
        #expect(throws: ImageError.self) { try Data("no photo".utf8).withUnsafeBytes { try sheet.draw($0, at: 1) } }
        let all = try pixels(sheet.png(), side: 16)
        func colour(_ x: Int, _ y: Int) -> [UInt8] { Array(all[(y * 16 + x) * 3..<(y * 16 + x) * 3 + 3]) }
        #expect(colour(0, 0) == [200, 0, 0] && colour(7, 7) == [200, 0, 0])
        #expect(colour(8, 0) == [255, 255, 255] && colour(15, 15) == [255, 255, 255])
        #expect(colour(0, 8) == [0, 0, 200] && colour(7, 15) == [0, 0, 200])
    }

    // The whole photo, in the middle.
    @Test func keepsShapes() throws {
        let sheet = SpriteSheet(count: 1, side: 8, limits: ImageLimits())
        let photo = MadePicture(width: 32, height: 16) { _, _, _ in 0 }.png()
        try photo.withUnsafeBytes { try sheet.draw($0, at: 0) }
        let rows = try pixels(sheet.png(), side: 8).enumerated().filter { $0.offset % 24 == 0 }.map(\.element)
        #expect(rows == [255, 255, 0, 0, 0, 0, 255, 255])
    }

    @Test func aMatrixIsLightestWhereMostOfARowIs() throws {
        let picture = try MatrixPicture(size: 3, cells: [(0, 0, 9), (0, 1, 1), (1, 1, 5), (2, 0, 7)])
        #expect(picture.side == 3 * 48 + 1)
        let all = try pixels(picture.png, side: picture.side)
        // Just inside a cell's corner, where no digit is.
        func sum(_ row: Int, _ column: Int) -> Int {
            let at = ((row * 48 + 3) * picture.side + column * 48 + 3) * 3
            return all[at..<at + 3].reduce(0) { $0 + Int($1) }
        }
        #expect(sum(1, 1) == sum(2, 0) && sum(1, 1) > sum(0, 0) && sum(0, 0) > sum(0, 1) && sum(0, 1) > sum(0, 2))
        #expect(sum(2, 2) == sum(0, 2))
        // Black digits on light cells, white ones on dark: the 9 and the 1 of the first row.
        func has(_ value: UInt8, _ row: Int, _ column: Int) -> Bool {
            (1..<48).contains { y in
                (1..<48).contains { x in
                    let at = ((row * 48 + y) * picture.side + column * 48 + x) * 3
                    return all[at..<at + 3].allSatisfy { $0 == value }
                }
            }
        }
        #expect(has(0, 0, 0) && !has(255, 0, 0) && has(255, 0, 1) && !has(0, 0, 2) && !has(255, 0, 2))
    }

    @Test(arguments: [1, 100, 300, MatrixPicture.limit])
    func aMatrixFitsOnAScreen(_ size: Int) throws {
        let picture = try MatrixPicture(size: size, cells: [(0, 0, 123_456), (size - 1, size - 1, 1)])
        #expect(picture.side <= 1_025 && picture.side >= min(size * 3, 49))
    }
}

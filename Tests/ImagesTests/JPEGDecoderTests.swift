import Domain
import Foundation
import Images
import TestSupport
import Testing

/// What libjpeg warns of and goes on with: accepted where the pixels are whole, refused where they are not.
struct JPEGDecoderTests {
    private static let whole = Preprocessing(width: 8, height: 8, fit: .squash)
    private static let badCode: [UInt8] = [0xFF, 0, 0xFF, 0, 0xFF, 0]
    private static let newJFIF = Array(MadeJPEG.segment(0xE0, Array("JFIF\0".utf8) + [2, 1, 0, 0, 1, 0, 1, 0, 0]))
    private static let newAdobe = adobe(7)
    private static func adobe(_ transform: UInt8) -> [UInt8] {
        Array(MadeJPEG.segment(0xEE, Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, transform]))
    }
    private static let comment = Array(MadeJPEG.segment(0xFE, [65]))
    /// A restart marker after each block.
    private static let restarts = Array(MadeJPEG.segment(0xDD, [0, 1]))

    // A DC difference of 0 everywhere is the middle grey (T.81, A.3.1 and A.3.4).
    @Test(
        arguments: [
            ("nothing wrong", MadeJPEG()),
            ("three components", MadeJPEG(components: 3, scanData: [0x03])),
            ("fill bytes before a marker", MadeJPEG(end: [0xFF, 0xFF, 0xFF, 0xD9])),
            ("junk after the end", MadeJPEG(end: [0xFF, 0xD9, 1, 2, 0xFF, 0xDA])),
            ("bytes before the end", MadeJPEG(scanData: [0x3F, 1, 2, 3])),
            ("bytes between segments", MadeJPEG(before: comment + [1, 2, 3])),
            ("a later JFIF", MadeJPEG(before: newJFIF)),
            ("a later Adobe", MadeJPEG(components: 3, before: newAdobe, scanData: [0x03])),
            ("Adobe's transform of four", MadeJPEG(components: 3, before: adobe(2), scanData: [0x03])),
            ("a comment shorter than its length", MadeJPEG(before: [0xFF, 0xFE, 0, 0])),
            ("a later JFIF, no end", MadeJPEG(before: newJFIF, end: [])),
            ("parameters of zero", MadeJPEG(parameters: [0, 0, 0])),
            ("all of them", MadeJPEG(before: newJFIF + [1, 2], parameters: [0, 0, 0], scanData: [0x3F, 0])),
            ("restarts", MadeJPEG(width: 16, before: restarts, scanData: [0x3F, 0xFF, 0xD0, 0x3F])),
            ("no end", MadeJPEG(end: [])),
            ("half an end", MadeJPEG(end: [0xFF])),
        ])
    func acceptsWhatLeavesThePixelsWhole(name: String, jpeg: MadeJPEG) throws {
        let pixels = try PhotoDecoder().decode(jpeg.file, Self.whole)
        #expect(pixels.allSatisfy { $0 == 128 }, "\(name)")
    }

    // The second warning of some is not the one that TurboJPEG keeps.
    @Test(
        arguments: [
            ("a bad code", MadeJPEG(scanData: badCode), .corrupt, "bad Huffman code"),
            (
                "another restart", MadeJPEG(width: 16, before: restarts, scanData: [0x3F, 0xFF, 0xD1, 0x3F]), .corrupt,
                "RST0"
            ),
            ("no restart", MadeJPEG(width: 16, before: restarts, scanData: [0x3F]), .corrupt, "RST0"),
            ("half the scan", MadeJPEG(width: 80, scanData: [0]), .truncated, "premature end"),
            ("half the scan, no end", MadeJPEG(width: 80, scanData: [0], end: []), .truncated, "end"),
            ("a later JFIF, a bad code", MadeJPEG(before: newJFIF, scanData: badCode), .corrupt, "bad Huffman code"),
            ("bytes, a bad code", MadeJPEG(before: comment + [1, 2], scanData: badCode), .corrupt, "bad Huffman code"),
            ("zeros, a bad code", MadeJPEG(parameters: [0, 0, 0], scanData: badCode), .corrupt, "bad Huffman code"),
            (
                "a later Adobe, a bad code", MadeJPEG(components: 3, before: newAdobe, scanData: badCode), .corrupt,
                "bad Huffman code"
            ),
            (
                "a later JFIF, half the scan", MadeJPEG(width: 80, before: newJFIF, scanData: [0]), .truncated,
                "premature"
            ),
            ("a later JFIF, no end", MadeJPEG(width: 80, before: newJFIF, scanData: [0], end: []), .truncated, "end"),
        ] as [(String, MadeJPEG, ImageError.Code, String)])
    func refusesWhatLosesPixels(name: String, jpeg: MadeJPEG, code: ImageError.Code, word: String) {
        let error = refusal(jpeg.file)
        #expect(error?.code == code, "\(name): \(error?.reason ?? "accepted")")
        #expect(error?.reason.contains(word) == true, "\(name): \(error?.reason ?? "accepted")")
    }

    // Nothing but the end marker is missing; `acceptsNoPartOfAJPEG` takes the byte before it.
    @Test(arguments: ["JPEG", "JPEG grey", "JPEG progressive", "JPEG CMYK", "JPEG YCCK", "JPEG shrunk on load"])
    func readsAFileWithoutItsEndMarker(name: String) throws {
        let file = Golden.picture(name).file
        let pixels = try PhotoDecoder().decode(file, Self.whole)
        #expect(try PhotoDecoder().decode(file.dropLast(1), Self.whole) == pixels)
        #expect(try PhotoDecoder().decode(file.dropLast(2), Self.whole) == pixels)
    }

    // The scans of a progressive photo that have come are whole, but others were to refine them.
    @Test func refusesAProgressivePhotoWithoutItsLastScan() throws {
        let file = Golden.picture("JPEG progressive").file
        let last = try #require(file.offsets(ofMarker: 0xDA).last)
        #expect(refusal(file.prefix(last))?.code == .truncated)
    }
}

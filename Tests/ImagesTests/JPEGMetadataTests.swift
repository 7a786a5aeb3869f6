import Foundation
import Images
import TestSupport
import Testing

struct JPEGMetadataTests {
    // Metadata that a later program appends: ExifTool, libvips and Pillow go by the first block.
    @Test func turnsByTheFirstExifBlock() throws {
        let turned = Golden.picture("JPEG orientation 6")
        let golden = turned.goldens[0]
        let second = MadeJPEG.segment(0xE1, Array("Exif\0\0".utf8) + Exif.block(orientation: 3))
        var file = turned.file
        let table = try #require(file.offsets(ofMarker: 0xDB).first)
        file.insert(contentsOf: second, at: table)
        let pixels = try PhotoDecoder().decode(file, golden.preprocessing)
        #expect(difference(pixels, golden.pixels) <= turned.tolerance)
    }

    @Test func passesOverABrokenExifBlock() throws {
        let turned = Golden.picture("JPEG orientation 6")
        let golden = turned.goldens[0]
        var file = turned.file
        file.insert(contentsOf: MadeJPEG.segment(0xE1, Array("Exif\0\0MM\0*".utf8)), at: 2)
        let pixels = try PhotoDecoder().decode(file, golden.preprocessing)
        #expect(difference(pixels, golden.pixels) <= turned.tolerance)
    }
}

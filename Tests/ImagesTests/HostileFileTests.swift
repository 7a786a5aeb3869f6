import Domain
import Foundation
import Images
import TestSupport
import Testing

/// Small files that would cost minutes or gigabytes, and files whose header promises more than a library accepts: all
/// are refused for what they announce.
struct HostileFileTests {
    // A scan costs some ten bytes of file and a walk over the whole picture.
    @Test func refusesManyScans() throws {
        let file = Golden.picture("JPEG progressive").file
        let last = try #require(file.offsets(ofMarker: 0xDA).last)
        let scan = file[last..<file.count - 2]
        let repeated = file.dropLast(2) + Data((0..<100).flatMap { _ in scan }) + Data([0xFF, 0xD9])
        #expect(refusal(repeated)?.code == .tooManyScans)
    }

    // libjpeg reads on behind a segment whose length is too small for itself, and so must the counting.
    @Test(arguments: [UInt8(0), 1])
    func refusesManyScansBehindAShortSegment(length: UInt8) throws {
        var file = Golden.picture("JPEG progressive").file
        file.insert(contentsOf: [0xFF, 0xE1, 0, length], at: 2)
        #expect(refusal(file) == nil)
        let last = try #require(file.offsets(ofMarker: 0xDA).last)
        let repeated = file.dropLast(2) + Data((0..<100).flatMap { _ in file[last..<file.count - 2] })
        #expect(refusal(repeated + Data([0xFF, 0xD9]))?.code == .tooManyScans)
    }

    // Pillow writes a colour photo in libjpeg's ten scans: jcparam.c, jpeg_simple_progression().
    @Test func countsScansExactly() {
        let file = Golden.picture("JPEG progressive").file  // 15 × 11
        var limits = ImageLimits()
        limits.maximumScans = 10
        limits.maximumScannedPixels = 1650
        #expect(refusal(file, limits: limits) == nil)
        limits.maximumScannedPixels = 1649
        #expect(refusal(file, limits: limits)?.code == .tooManyScans)
        limits.maximumScannedPixels = 1650
        limits.maximumScans = 9
        #expect(refusal(file, limits: limits)?.code == .tooManyScans)
    }

    // libvips decodes the tiles of a TIFF by a JPEG decoder without such a limit.
    @Test(arguments: [true, false])
    func refusesManyScansInATIFF(isTiled: Bool) throws {
        let jpeg = Golden.picture("JPEG progressive").file
        var limits = ImageLimits()
        limits.maximumScannedPixels = 1650
        let tiff = MadeTIFF(width: 16, height: 16, compression: 7, isTiled: isTiled, content: Array(jpeg))
        #expect(refusal(tiff.file, limits: limits)?.code != .tooManyScans)
        limits.maximumScannedPixels = 1649
        #expect(refusal(tiff.file, limits: limits)?.code == .tooManyScans)
    }

    @Test func refusesManyPagesOfATIFF() {
        let page = MadeTIFF(width: 1, height: 1, content: [0, 0, 0, 0], pages: 1000)
        #expect(refusal(page.file) == nil)
        var more = page
        more.pages = 1001
        #expect(refusal(more.file)?.code == .tooManyFrames)
        // libvips says one page where there are 10,000.
        more.pages = 10_000
        #expect(refusal(more.file)?.code == .tooManyFrames)
    }

    @Test func refusesManyFramesOfAWebP() {
        let file = WebP.file(WebP.canvas(width: 15, height: 11) + WebP.chunks("ANMF", count: 1001))
        #expect(refusal(file)?.code == .tooManyFrames)
        #expect(refusal(WebP.file(WebP.chunks("ABCD", count: 2001)))?.code == .tooManyFrames)
    }

    // What follows the RIFF chunk is not part of the picture.
    @Test func ignoresWhatFollowsAWebP() {
        let file = Golden.picture("WebP lossless").file
        #expect(refusal(file + Data(count: 20_000)) == nil)
        #expect(refusal(file + Data(WebP.canvas(width: 1 << 24, height: 1 << 24))) == nil)
    }

    // More tiles than the pixels that are accepted can have: refused before they are looked at.
    @Test func refusesManyTilesOfATIFF() {
        var tiff = MadeTIFF(width: 16, height: 16, compression: 7, isTiled: true, content: [])
        tiff.tiles = (1 << 18) + 1
        #expect(refusal(tiff.file)?.code == .tooManyFrames)
    }

    // Whether the number of items is stated or must be counted.
    @Test(arguments: [1, 2001])
    func refusesManyItemsOfAHEIF(stated: UInt16) {
        let entry: [UInt8] = [0, 0, 0, 8] + Array("infe".utf8)
        let entries = (0..<(stated == 1 ? 2001 : 1)).flatMap { _ in entry }
        let items = box("iinf", [0, 0, 0, 0, UInt8(stated >> 8), UInt8(stated & 0xFF)] + entries)
        let file = box("ftyp", Array("heic\0\0\0\0heic".utf8)) + box("meta", [0, 0, 0, 0] + items)
        #expect(refusal(Data(file))?.code == .tooManyFrames)
    }

    private func box(_ kind: String, _ content: [UInt8]) -> [UInt8] {
        MadeTIFF.bytes(content.count + 8, 4).reversed() + Array(kind.utf8) + content
    }

    // Each beyond what its library accepts, which calls that damage.
    @Test(
        arguments: [
            (PNG.signature + PNG.header(width: 20_000_000, height: 1), "20000000 × 1 "),
            (WebP.file(WebP.canvas(width: 1 << 24, height: 256)), "16777216 × 256 "),
            (MadeTIFF(width: 20_000_000, height: 2, content: [0, 0]).file, "20000000 × 2 "),
            (frame(width: 0xFFFF, height: 0xFFFE), "65535 × 65534 "),
        ])
    func saysWhichSizeIsTooLarge(file: Data, size: String) {
        let error = refusal(file)
        #expect(error?.code == .tooManyPixels)
        #expect(error?.reason.contains(size) == true, "\(error?.reason ?? "")")
    }

    private static func frame(width: UInt16, height: UInt16) -> Data {
        var file = Golden.picture("JPEG").file
        let place = file.offsets(ofMarker: 0xC0)[0] + 5
        let sides = [height, width].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        file.replaceSubrange(place..<place + 4, with: sides)
        return file
    }
}

/// The parts of a WebP file (RFC 9649).
private enum WebP {
    static func file(_ content: [UInt8]) -> Data {
        Data(Array("RIFF".utf8) + MadeTIFF.bytes(content.count + 4, 4) + Array("WEBP".utf8) + content)
    }

    static func canvas(width: Int, height: Int) -> [UInt8] {
        let content = [2, 0, 0, 0] + MadeTIFF.bytes(width - 1, 3) + MadeTIFF.bytes(height - 1, 3)
        return Array("VP8X".utf8) + MadeTIFF.bytes(content.count, 4) + content
    }

    static func chunks(_ kind: String, count: Int) -> [UInt8] {
        (0..<count).flatMap { _ in Array(kind.utf8) + [0, 0, 0, 0] }
    }
}

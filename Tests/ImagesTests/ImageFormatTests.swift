import Domain
import Foundation
import Images
import TestSupport
import Testing

struct ImageFormatTests {
    private func sniff(_ bytes: [UInt8]) -> ImageFormat? { bytes.withUnsafeBytes { ImageFormat.sniff($0) } }

    private static func isoFile(_ brands: String..., size: UInt8? = nil) -> [UInt8] {
        let content = brands[0] + "\0\0\0\0" + brands.dropFirst().joined()
        return [0, 0, 0, size ?? UInt8(8 + content.utf8.count)] + Array(("ftyp" + content).utf8)
    }

    // The signatures as the formats' specifications give them.
    @Test(
        arguments: [
            ([0xFF, 0xD8, 0xFF, 0xE0], .jpeg), ([0xFF, 0xD8, 0xFF, 0xDB], .jpeg),
            ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .png),
            (Array("RIFF\u{1}\u{2}\u{3}\u{4}WEBPVP8 ".utf8), .webp),
            (Array("GIF87a".utf8), .gif), (Array("GIF89a".utf8), .gif),
            ([0x49, 0x49, 42, 0, 8, 0, 0, 0], .tiff), ([0x4D, 0x4D, 0, 42, 0, 0, 0, 8], .tiff),
            ([0x49, 0x49, 43, 0, 8, 0, 0, 0], .tiff), ([0x4D, 0x4D, 0, 43, 0, 8, 0, 0], .tiff),
            (isoFile("avif", "mif1"), .avif), (isoFile("mif1", "miaf", "avif"), .avif),
            (isoFile("avis", "msf1"), .avif),
            (isoFile("heic", "mif1"), .heif), (isoFile("mif1", "heic"), .heif), (isoFile("mif1"), .heif),
            // Films, sound and near misses.
            (isoFile("isom", "mp42"), nil), (isoFile("M4A ", "isom"), nil), (isoFile("heic", size: 8), nil),
            (Array("RIFF\u{1}\u{2}\u{3}\u{4}WAVEfmt ".utf8), nil), (Array("GIF88a".utf8), nil),
            ([0xFF, 0xD8], nil), ([0x89, 0x50, 0x4E, 0x47], nil), ([0x89, 0x50, 0x4E, 0x47, 0x0A, 0x1A, 0x0A], nil),
            ([0x49, 0x49, 0, 42], nil), (Array("BM6".utf8), nil), (Array("%PDF-1.7".utf8), nil), ([], nil),
            ([0xFF], nil),
        ] as [([UInt8], ImageFormat?)])
    func tellsFormatsByTheirFirstBytes(bytes: [UInt8], format: ImageFormat?) {
        #expect(sniff(bytes) == format)
    }

    // Compatible brands beyond the end of the box, or of what there is of the file, are not the file's.
    @Test func readsNoBrandsBeyondTheBox() {
        let box = Self.isoFile("isom", size: 16)
        #expect(sniff(box + Array("avif".utf8)) == nil)
        #expect(sniff(Array(Self.isoFile("mif1", "avif").prefix(18))) == .heif)
    }

    // What Pillow wrote, as far as the first 32 bytes.
    @Test(arguments: Golden.pictures)
    func tellsRealFiles(_ picture: Golden.Picture) throws {
        let format = try #require(sniff(Array(picture.file.prefix(32))))
        #expect(picture.name.hasPrefix(format.rawValue))
    }

    // What is no picture is named in the refusal, so that its owner knows what happened.
    @Test(
        arguments: [
            (Array("%PDF-1.7 …".utf8), "PDF"), (Array("BM\u{1}\u{2}\u{3}".utf8), "BMP"),
            (Array("PK\u{3}\u{4}".utf8), "zip"),
            (Array("<svg xmlns=".utf8), "SVG"), (Array("<!DOCTYPE html>".utf8), "web page"),
            (Array("grüße\n".utf8), "text"), ([0, 1, 2, 3, 0xFE], "no picture format"),
        ] as [([UInt8], String)])
    func saysWhatAFileIsInstead(bytes: [UInt8], word: String) {
        let error = #expect(throws: ImageError.self) {
            try PhotoDecoder().decode(Data(bytes), Preprocessing(width: 8, height: 8, fit: .crop))
        }
        #expect(error?.code == .unsupported)
        #expect(error?.reason.contains(word) == true, "\(error?.reason ?? "")")
    }
}

import Foundation
import Images
import TestSupport
import Testing

struct PNGChunksTests {
    private func essential(_ file: Data) -> Data? {
        file.withUnsafeBytes { PNGChunks.essential($0) }.map { Data($0) }
    }

    private static func file(_ beforePixels: [Data], _ afterPixels: [Data] = []) -> Data {
        let pixels = PNG.chunk("IDAT", [1, 2, 3])
        return PNG.signature + PNG.header(width: 1, height: 1) + beforePixels.joined() + pixels + afterPixels.joined()
            + PNG.chunk("IEND", [])
    }

    private static let kept = ["tRNS", "iCCP", "eXIf", "sRGB", "gAMA", "cHRM", "PLTE"].map { PNG.chunk($0, [7]) }

    // Nothing to inflate and nothing to repeat is left, and all that decides about pixels is.
    @Test func dropsWhatIsNoPixel() {
        let texts = ["zTXt", "iTXt", "tEXt", "tIME", "sPLT", "abCd", "acTL"].map { PNG.chunk($0, [1, 2, 3]) }
        #expect(essential(Self.file(texts + Self.kept + texts, texts)) == Self.file(Self.kept))
        #expect(essential(Self.file(Self.kept)) == nil)
    }

    @Test func keepsTheFirstOfEachOnly() {
        let second = PNG.chunk("iCCP", [8, 8])
        #expect(essential(Self.file(Self.kept + [second], [second])) == Self.file(Self.kept))
    }

    // libpng judges what is broken: nothing of it is taken away.
    @Test func keepsTheRestOfABrokenFile() {
        let text = PNG.chunk("tEXt", [1, 2, 3])
        let whole = Self.file([text])
        for count in 45..<whole.count {  // the text ends at 48
            let part = whole.prefix(count)
            #expect(essential(part) == (count < 48 ? nil : part.prefix(33) + part.dropFirst(48)), "\(count)")
        }
        #expect(essential(whole + text) == Self.file([]) + text)
        for count in 0..<33 { #expect(essential(whole.prefix(count)) == nil) }
    }

    // libpng refuses a text in front of the header. It must not see any.
    @Test func hidesTextsFromLibpng() throws {
        let picture = MadePicture.textured(width: 8, height: 8)
        var file = picture.png()
        file.insert(contentsOf: PNG.chunk("tEXt", [65, 0, 66]), at: 8)
        let whole = Preprocessing(width: 8, height: 8, fit: .squash)
        #expect(try PhotoDecoder().decode(file, whole) == picture.pixels)
    }
}

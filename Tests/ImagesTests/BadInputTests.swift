import Domain
import Foundation
import Images
import TestSupport
import Testing

/// Files that cannot be used are refused with the right code; none may crash.
struct BadInputTests {
    private static let small = Preprocessing(width: 8, height: 8, fit: .crop)

    private func refusal(_ file: Data, limits: ImageLimits = ImageLimits()) -> ImageError.Code? {
        do {
            _ = try PhotoDecoder(limits: limits).decode(file, Self.small)
            return nil
        } catch {
            return (error as? ImageError)?.code
        }
    }

    @Test func refusesAnEmptyFile() {
        #expect(refusal(Data()) == .empty)
    }

    // Cut off where a file is cut off in practice. Up to the first scan there is no picture yet.
    @Test(arguments: ["JPEG", "JPEG progressive", "JPEG CMYK", "JPEG grey", "JPEG shrunk on load"])
    func refusesAJPEGThatIsCutOff(name: String) throws {
        let file = Golden.picture(name).file
        let scan = try #require(file.firstRange(of: Data([0xFF, 0xDA])))
        for count in [4, 20, scan.lowerBound / 2, scan.lowerBound] {
            let code = refusal(file.prefix(count))
            #expect(code == .truncated || code == .corrupt, "\(count) bytes: \(String(describing: code))")
        }
        for share in [0.2, 0.5, 0.8] {
            let count = scan.upperBound + 10 + Int(Double(file.count - scan.upperBound - 10) * share)
            // A progressive file may break off inside a table, which libjpeg calls damaged.
            let code = refusal(file.prefix(count))
            #expect(
                code == .truncated || (name == "JPEG progressive" && code == .corrupt),
                "\(count) of \(file.count) bytes")
        }
    }

    // What a person is told of a file that has not come whole, and of one that has never had a picture.
    @Test func saysWhatIsCutOff() throws {
        func reason(_ file: Data) -> String {
            do { _ = try PhotoDecoder().decode(file, Self.small) } catch {
                return (error as? ImageError).map { "\($0.code.rawValue): \($0.reason)" } ?? "\(error)"
            }
            return ""
        }
        let jpeg = Golden.picture("JPEG").file
        // As a camera's file is, with much before the frame.
        let comment = Data([0xFF, 0xFE, 0x20, 0]) + Data(count: 0x2000 - 2)
        for count in [2, 200, 4000] {
            let text = reason((jpeg.prefix(2) + comment + jpeg.dropFirst(2)).prefix(count + 2))
            #expect(text.contains("cut off") && !text.contains("no pixels"), "\(count) bytes: \(text)")
        }
        let png = MadePicture.textured(width: 40, height: 40).png()
        for count in [40, 60, png.count / 2] {
            let text = reason(png.prefix(count))
            #expect(text == "\(Self.truncated): it is cut off: it ends before its last chunk", "\(count) bytes")
        }
        // Whole, and damaged.
        var damaged = png
        damaged[png.count / 2] ^= 0xFF
        #expect(!reason(damaged).contains("cut off"))
    }

    private static let truncated = ImageError.Code.truncated.rawValue

    // Wherever a scan is cut off, there is no picture that could be taken for the photo, or the one before it.
    @Test(arguments: ["JPEG", "JPEG progressive", "JPEG YCCK"])
    func acceptsNoPartOfAJPEG(name: String) {
        let file = Golden.picture(name).file
        for count in 0..<file.count - 2 {
            #expect(refusal(file.prefix(count)) != nil, "\(count) of \(file.count) bytes")
        }
    }

    @Test func refusesAPNGThatIsCutOff() throws {
        let file = MadePicture.textured(width: 40, height: 40).png()
        for count in [8, 20, 33] { #expect(refusal(file.prefix(count)) != nil, "\(count) bytes") }
        for count in [60, file.count / 2, file.count * 9 / 10] {
            #expect([.truncated, .corrupt].contains(refusal(file.prefix(count))), "\(count) bytes")
        }
    }

    // Every other format, cut in the middle.
    @Test(arguments: ["WebP lossless", "WebP lossy", "GIF of two frames", "TIFF", "AVIF", "HEIF", "PNG palette"])
    func refusesOthersThatAreCutOff(name: String) {
        let file = Golden.picture(name).file
        #expect([.truncated, .corrupt].contains(refusal(file.prefix(file.count / 2))))
        #expect([.truncated, .corrupt].contains(refusal(file.prefix(file.count / 3))))
    }

    @Test func refusesNoiseAfterAJPEGHeader() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<50 {
            let noise = (0..<2000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let code = refusal(Data([0xFF, 0xD8, 0xFF, 0xE0, 0, 16] + noise))
            #expect(code == .corrupt || code == .truncated)
        }
    }

    // Decompression bombs: the header alone decides, before there is memory for the pixels.
    @Test func refusesMorePixelsThanTheLimit() throws {
        let png = PNG.signature + PNG.header(width: 50_000, height: 50_000) + PNG.chunk("IDAT", [0x78, 0x01, 1, 0, 0])
        #expect(refusal(png) == .tooManyPixels)
        let line = PNG.signature + PNG.header(width: 1, height: 400_000) + PNG.chunk("IDAT", [0x78, 0x01, 1, 0, 0])
        #expect(refusal(line) == .tooManyPixels)
        var jpeg = Golden.picture("JPEG").file
        let frame = try #require(jpeg.firstRange(of: Data([0xFF, 0xC0])))
        jpeg.replaceSubrange(frame.upperBound + 3..<frame.upperBound + 7, with: [0xFF, 0xDC, 0xFF, 0xDC])
        #expect(refusal(jpeg) == .tooManyPixels)
    }

    // Exactly at a limit is accepted, one beyond is not; for each limit and for both decoders.
    @Test(arguments: ["JPEG", "PNG", "WebP lossless", "TIFF"])
    func countsExactly(name: String) {
        let file = Golden.picture(name).file  // 15 × 11
        var limits = ImageLimits()
        limits.maximumPixels = 165
        limits.maximumBytes = file.count
        #expect(refusal(file, limits: limits) == nil)
        limits.maximumPixels = 164
        #expect(refusal(file, limits: limits) == .tooManyPixels)
        limits.maximumPixels = 165
        limits.maximumBytes = file.count - 1
        #expect(refusal(file, limits: limits) == .tooManyBytes)
    }

    @Test func refusesMoreFramesThanTheLimit() {
        let file = Golden.picture("GIF of two frames").file
        var limits = ImageLimits()
        limits.maximumFrames = 2
        #expect(refusal(file, limits: limits) == nil)
        limits.maximumFrames = 1
        #expect(refusal(file, limits: limits) == .tooManyFrames)
    }

    // A decoder that has just refused a file must be as good as new.
    @Test func goesOnAfterARefusal() throws {
        let decoder = PhotoDecoder()
        for name in ["JPEG", "PNG", "WebP lossless", "AVIF"] {
            let picture = Golden.picture(name)
            #expect(throws: ImageError.self) {
                try decoder.decode(picture.file.prefix(picture.file.count / 2), Self.small)
            }
            let golden = picture.goldens[0]
            let pixels = try decoder.decode(picture.file, golden.preprocessing)
            #expect(difference(pixels, golden.pixels) <= picture.tolerance, "\(name)")
        }
    }

    // 2,000 damaged files of every format, the same ones each time: each is decoded or refused.
    @Test(.timeLimit(.minutes(10)))
    func survivesDamage() throws {
        var random = SeededRandom(seed: 2026)
        var limits = ImageLimits()
        limits.maximumPixels = 1_000_000
        let decoder = PhotoDecoder(limits: limits)
        var (decoded, refused) = (0, 0)
        for round in 0..<2000 {
            let file = Self.damaged(Golden.pictures[round % Golden.pictures.count].file, &random)
            do {
                _ = try decoder.decode(file, Self.small)
                decoded += 1
            } catch is ImageError {
                refused += 1
            }
        }
        // Both happen often, or the damage is not what it should be.
        #expect(decoded > 100 && refused > 100)
    }

    private static func damaged(_ file: Data, _ random: inout SeededRandom) -> Data {
        var bytes = Array(file)
        switch random.index(below: 5) {
        case 0:  // single bits
            for _ in 0...random.index(below: 4) {
                bytes[random.index(below: bytes.count)] ^= 1 << random.index(below: 8)
            }
        case 1:  // bytes, most of them at the extremes that lengths are written with
            for _ in 0...random.index(below: 8) {
                bytes[random.index(below: bytes.count)] = [0, 0xFF, 0x7F, 0x80][random.index(below: 4)]
            }
        case 2:
            bytes = Array(bytes.prefix(random.index(below: bytes.count)))
        case 3:  // a part taken out
            let start = random.index(below: bytes.count)
            bytes.removeSubrange(start..<min(bytes.count, start + 1 + random.index(below: 40)))
        default:  // a part twice
            let start = random.index(below: bytes.count)
            let part = bytes[start..<min(bytes.count, start + 1 + random.index(below: 40))]
            bytes.insert(contentsOf: Array(part), at: random.index(below: bytes.count))
        }
        return Data(bytes)
    }
}

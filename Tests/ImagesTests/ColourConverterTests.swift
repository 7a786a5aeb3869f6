import Foundation
import Images
import Testing

struct ColourConverterTests {
    /// The profile that Pillow put into one APP2 segment: after the marker, the length and `ICC_PROFILE\0`, 1, 1.
    private func profile() throws -> [UInt8] {
        let file = Golden.picture("JPEG Adobe RGB").file
        let start = try #require(file.offsets(ofMarker: 0xE2).first)
        return Array(file[start + 18..<start + 2 + Int(file[start + 2]) << 8 + Int(file[start + 3])])
    }

    private func converted(_ converter: ColourConverter, by profile: [UInt8]) -> [UInt8]? {
        let raster = Raster()
        raster.resize(width: 1, height: 1)
        for (index, value) in [10, 200, 30, 0].enumerated() { raster.pixels[index] = UInt8(value) }
        return converter.convert(raster, by: profile, isCMYK: false) ? Array(raster.pixels.prefix(3)) : nil
    }

    // Bytes after the profile's own end change nothing but its size (ICC.1:2010, 7.2.2).
    @Test func usesButDoesNotKeepLargeProfiles() throws {
        let converter = ColourConverter()
        let profile = try profile()
        let padding = [UInt8](repeating: 0, count: ColourConverter.largestKept - profile.count)
        let pixel = try #require(converted(converter, by: profile))
        #expect(pixel != [10, 200, 30])
        #expect(converter.keptBytes == profile.count)
        #expect(converted(converter, by: profile + padding + [0]) == pixel)
        #expect(converter.keptBytes == profile.count)
        #expect(converted(converter, by: profile + padding) == pixel)
        #expect(converter.keptBytes == profile.count + ColourConverter.largestKept)
    }

    @Test func keepsEightProfiles() throws {
        let converter = ColourConverter()
        let profile = try profile()
        for size in 0..<20 { _ = converted(converter, by: profile + [UInt8](repeating: 0, count: size)) }
        #expect(converter.keptBytes == (12..<20).map { profile.count + $0 }.reduce(0, +))
    }
}

public import Foundation

/// A picture that a test makes from a formula: 8-bit RGB, row by row.
public struct MadePicture: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// `[height, width, 3]`
    public private(set) var pixels: [UInt8]

    public init(width: Int, height: Int, _ value: (_ x: Int, _ y: Int, _ channel: Int) -> Int) {
        self.width = width
        self.height = height
        pixels = []
        pixels.reserveCapacity(width * height * 3)
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<3 { pixels.append(UInt8(truncatingIfNeeded: value(x, y, channel))) }
            }
        }
    }

    /// The same formula as `textured` in `scripts/golden_images.py`: 32 … 223.
    public static func textured(width: Int, height: Int) -> MadePicture {
        MadePicture(width: width, height: height) { x, y, channel in
            32 + (7 * x + 13 * y + 29 * channel + 5 * ((x * y) % 11)) % 192
        }
    }

    /// One colour, and a different one for each `number`.
    public static func plain(_ number: Int, width: Int = 16, height: Int = 16) -> MadePicture {
        MadePicture(width: width, height: height) { _, _, channel in number &* [37, 101, 211][channel] }
    }

    public subscript(x: Int, y: Int, channel: Int) -> UInt8 { pixels[(y * width + x) * 3 + channel] }

    /// As a PNG file (ISO/IEC 15948) whose pixels are stored and not compressed.
    /// - Parameter orientation: EXIF's, in an `eXIf` chunk.
    public func png(orientation: Int? = nil) -> Data {
        var rows: [UInt8] = []
        for y in 0..<height { rows += [0] + pixels[y * width * 3..<(y + 1) * width * 3] }
        var file = PNG.signature + PNG.header(width: width, height: height)
        if let orientation { file += PNG.chunk("eXIf", Exif.block(orientation: orientation)) }
        return file + PNG.chunk("IDAT", PNG.stored(rows)) + PNG.chunk("IEND", [])
    }
}

/// The parts of a PNG file.
public enum PNG {
    public static let signature = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])

    /// 8-bit RGB.
    public static func header(width: Int, height: Int) -> Data {
        chunk("IHDR", bytes(width) + bytes(height) + [8, 2, 0, 0, 0])
    }

    public static func chunk(_ kind: String, _ content: [UInt8]) -> Data {
        let body = Array(kind.utf8) + content
        return Data(bytes(content.count) + body + bytes(Int(crc32(body))))
    }

    /// A zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4).
    static func stored(_ content: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var rest = content[...]
        repeat {
            let block = rest.prefix(0xFFFF)
            rest = rest.dropFirst(block.count)
            let count = UInt16(block.count)
            stream.append(rest.isEmpty ? 1 : 0)
            for word in [count, ~count] { stream += [UInt8(word & 0xFF), UInt8(word >> 8)] }
            stream += block
        } while !rest.isEmpty
        var (low, high) = (1, 0)  // Adler-32
        for byte in content {
            low = (low + Int(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return stream + bytes(high << 16 | low)
    }

    private static func bytes(_ number: Int) -> [UInt8] {
        stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    private static let table: [UInt32] = (0..<256).map { start in
        var crc = UInt32(start)
        for _ in 0..<8 { crc = crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
        return crc
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ ($0 >> 8) }
    }
}

/// An EXIF block (CIPA DC-008) with one entry.
public enum Exif {
    /// The TIFF structure alone, big-endian.
    public static func block(orientation: Int) -> [UInt8] {
        [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation), 0, 0, 0, 0, 0, 0]
    }

    /// Row 0 and column 0 of a stored picture lie at these sides of the upright one: CIPA DC-008, 4.6.4, Orientation.
    private static let sides: [Int: (row: String, column: String)] = [
        1: ("top", "left"), 2: ("top", "right"), 3: ("bottom", "right"), 4: ("bottom", "left"),
        5: ("left", "top"), 6: ("right", "top"), 7: ("right", "bottom"), 8: ("left", "bottom"),
    ]

    /// What a camera that was held in this way would have stored.
    public static func stored(_ upright: MadePicture, orientation: Int) -> MadePicture {
        guard let (row, column) = sides[orientation] else { return upright }
        let swaps = row == "left" || row == "right"
        let (width, height) = (upright.width, upright.height)
        return MadePicture(width: swaps ? height : width, height: swaps ? width : height) { x, y, channel in
            func place(_ step: Int, from side: String) -> Int {
                switch side {
                case "right": width - 1 - step
                case "bottom": height - 1 - step
                default: step
                }
            }
            let (uprightX, uprightY) =
                swaps ? (place(y, from: row), place(x, from: column)) : (place(x, from: column), place(y, from: row))
            return Int(upright[uprightX, uprightY, channel])
        }
    }
}

import Foundation

/// Little-endian TIFF files (TIFF 6.0, section 2) of one strip or tile.
struct MadeTIFF {
    /// As the tag SampleFormat has it.
    enum Samples: Int {
        case unsigned = 1
        case signed, float
    }

    var width: Int
    var height: Int
    var channels = 3
    var bits = 8
    var samples = Samples.unsigned
    /// 1: none; 7: JPEG.
    var compression = 1
    var isTiled = false
    var content: [UInt8]
    /// All the same.
    var pages = 1
    /// How many tiles are announced, all at one place.
    var tiles = 1

    var file: Data {
        let each = { (value: Int) in [Int](repeating: value, count: channels) }
        var tags: [(Int, [Int])] = [
            (256, [width]), (257, [height]), (258, each(bits)), (259, [compression]), (262, [channels < 3 ? 1 : 2]),
            (277, [channels]), (339, each(samples.rawValue)),
        ]
        if isTiled {
            let offsets = [Int](repeating: 8, count: tiles)
            tags += [(322, [width]), (323, [height]), (324, offsets), (325, offsets.map { _ in content.count })]
        } else {
            tags += [(273, [8]), (278, [height]), (279, [content.count])]
        }
        if channels % 2 == 0 { tags.append((338, [2])) }  // ExtraSamples: transparency
        tags.sort { $0.0 < $1.0 }

        var file: [UInt8] = Array("II*\0".utf8) + Self.bytes(0, 4) + content
        var places: [Int] = []
        for (_, values) in tags {
            places.append(file.count)
            if values.count > 1 { file += values.flatMap { Self.bytes($0, 4) } }
        }
        let directorySize = 2 + 12 * tags.count + 4
        file.replaceSubrange(4..<8, with: Self.bytes(file.count, 4))
        for page in 1...pages {
            let next = page < pages ? file.count + directorySize : 0
            file += Self.bytes(tags.count, 2)
            for ((tag, values), place) in zip(tags, places) {
                file += Self.bytes(tag, 2) + Self.bytes(4, 2) + Self.bytes(values.count, 4)
                file += Self.bytes(values.count == 1 ? values[0] : place, 4)
            }
            file += Self.bytes(next, 4)
        }
        return Data(file)
    }

    static func bytes(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    static func floats(_ values: [Float]) -> [UInt8] { values.flatMap { bytes(Int($0.bitPattern), 4) } }
}

import Foundation

/// A zip written byte by byte (APPNOTE.TXT, 4.3), so that anything can be wrong with it.
public struct MadeZip {
    public struct Entry {
        public var name: [UInt8]
        public var content: [UInt8] = Array("content".utf8)
        /// As it stands in the file; nil: `content` itself.
        public var stored: [UInt8]?
        public var method = 0
        /// Bit 11: the name is UTF-8.
        public var flags = 1 << 11
        public var extra: [UInt8] = []
        /// Unix mode in the upper half, as version made by 3 means it.
        public var mode = 0o100_644
        public var system = 3
        public var checksum: UInt32?
        public var statedSize: Int?

        public init(_ name: String, _ content: [UInt8] = Array("content".utf8)) {
            (self.name, self.content) = (Array(name.utf8), content)
        }
        public init(bytes: [UInt8]) { name = bytes }
    }

    public var entries: [Entry] = []
    /// Instead of the entries' own records in the directory.
    public var directoryCopies = 1

    public init() {}

    public init(_ entries: [Entry]) { self.entries = entries }

    public var bytes: [UInt8] {
        var (file, directory): ([UInt8], [UInt8]) = ([], [])
        for entry in entries {
            let offset = file.count
            let stored = entry.stored ?? entry.content
            var common = Bytes()
            common.add16(20, entry.flags, entry.method, 0, 0x21)
            common.add32(Int(entry.checksum ?? crc32(entry.content)))
            common.add32(stored.count, entry.statedSize ?? entry.content.count)
            common.add16(entry.name.count, entry.extra.count)
            file += [0x50, 0x4B, 3, 4] + common.bytes + entry.name + entry.extra + stored
            var tail = Bytes()
            tail.add16(0, 0, 0)
            tail.add32(entry.mode << 16, offset)
            for _ in 0..<directoryCopies {
                directory += [0x50, 0x4B, 1, 2, 20, UInt8(entry.system)] + common.bytes + tail.bytes
                directory += entry.name + entry.extra
            }
        }
        return file + directory + Self.end(count: entries.count, directory: directory.count, offset: file.count)
    }

    public static func end(count: Int, directory: Int, offset: Int) -> [UInt8] {
        var end = Bytes()
        end.add16(0, 0, count, count)
        end.add32(directory, offset)
        end.add16(0)
        return [0x50, 0x4B, 5, 6] + end.bytes
    }
}

/// Little-endian numbers.
public struct Bytes {
    public var bytes: [UInt8] = []

    public init() {}

    public mutating func add16(_ values: Int...) {
        for value in values { bytes += [UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF)] }
    }

    public mutating func add32(_ values: Int...) { for value in values { add16(value & 0xFFFF, value >> 16 & 0xFFFF) } }
}

private let crcTable = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { crc, _ in
        let shifted = crc >> 1
        return crc & 1 == 1 ? shifted ^ 0xEDB8_8320 : shifted
    }
}

public func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes { crc = crcTable[Int((crc ^ UInt32(byte)) & 0xFF)] ^ (crc >> 8) }
    return ~crc
}

/// The name in a zip's local file header (APPNOTE.TXT, 4.3.7), read beside libarchive.
///
/// libarchive gives no name at all where bit 11 says UTF-8 and the C locale cannot say it, composes it in other locales,
/// and cuts it at a NUL in all of them.
struct ZipLocalHeader {
    let name: EntryName

    /// - Parameter end: where the content begins, which is where libarchive stands after the header.
    /// - Returns: nil where no header ends there.
    init?(endingAt end: Int, in file: ArchiveFile) throws(ArchiveError) {
        // Few headers are longer than the first, and none is longer than the second.
        for reach in [512, 30 + 2 * 0xFFFF] {
            let bytes = try file.bytes(max(0, end - reach)..<end)
            guard let start = Self.start(in: bytes) else { continue }
            self.init(Array(bytes[start...]))
            return
        }
        return nil
    }

    /// The last signature whose header ends with the bytes. A name or extra field that forges a header in itself gets
    /// the forged name, which is judged as any other is.
    private static func start(in bytes: [UInt8]) -> Int? {
        var start = bytes.count - 30
        while start >= 0 {
            if bytes[start] == 0x50, bytes[start + 1] == 0x4B, bytes[start + 2] == 3, bytes[start + 3] == 4,
                start + 30 + bytes.littleEndian16(start + 26) + bytes.littleEndian16(start + 28) == bytes.count
            {
                return start
            }
            start -= 1
        }
        return nil
    }

    private init(_ header: [UInt8]) {
        let nameEnd = 30 + header.littleEndian16(26)
        let bytes = Array(header[30..<nameEnd])
        let saysUTF8 = header.littleEndian16(6) & 1 << 11 != 0
        if !saysUTF8, let unicode = Self.unicodePath(in: header[nameEnd...], instead: bytes) {
            name = EntryName(bytes: unicode, isZip: true, saysUTF8: true)
        } else {
            name = EntryName(bytes: bytes, isZip: true, saysUTF8: saysUTF8)
        }
    }

    /// Info-ZIP's Unicode path (APPNOTE.TXT, 4.6.9): the name in UTF-8, good while the CRC of the other name is right.
    private static func unicodePath(in extra: ArraySlice<UInt8>, instead name: [UInt8]) -> [UInt8]? {
        var rest = extra
        while rest.count >= 4 {
            let (kind, size) = (rest.littleEndian16(rest.startIndex), rest.littleEndian16(rest.startIndex + 2))
            guard rest.count >= 4 + size else { return nil }
            let field = rest.dropFirst(4).prefix(size)
            if kind == 0x7075, size > 5, field.first == 1 {
                let crc = (1...4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32(field[field.startIndex + $1]) }
                return crc == crc32(name) ? Array(field.dropFirst(5)) : nil
            }
            rest = rest.dropFirst(4 + size)
        }
        return nil
    }

    /// ISO 3309's, bit by bit: names are short, and few have this field.
    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
    }
}

extension RandomAccessCollection where Element == UInt8, Index == Int {
    fileprivate func littleEndian16(_ index: Int) -> Int { Int(self[index]) | Int(self[index + 1]) << 8 }
}

/// The chunks of a PNG file (ISO/IEC 15948, 5.3), for what must be known before libpng reads them.
package enum PNGChunks {
    /// Width and height as IHDR states them; nil where the file does not begin with it.
    static func size(_ file: UnsafeRawBufferPointer) -> (width: Int, height: Int)? {
        guard file.holds("IHDR", at: 12), let width = file.number(at: 16, 4), let height = file.number(at: 20, 4) else {
            return nil
        }
        return (width, height)
    }

    /// The chunks beside the critical ones that decide about pixels, with libpng and libvips. The first of each counts.
    private static let kept: Set<UInt32> = Set(["tRNS", "iCCP", "eXIf", "sRGB", "gAMA", "cHRM"].map(code))

    /// The file without its other chunks; nil where it has none.
    ///
    /// libpng inflates each text chunk of the first thousand, and libvips reads the header twice: a file of 7.6 MB kept
    /// a core busy for 15 s, one of 56 MB for a minute. libpng's limits cannot be set through libvips.
    package static func essential(_ file: UnsafeRawBufferPointer) -> [UInt8]? {
        var keptRanges: [Range<Int>] = []
        var seen: Set<UInt32> = []
        var start = 0
        var position = 8
        while let length = file.number(at: position, 4), let kind = file.number(at: position + 4, 4),
            length <= file.count - position - 12
        {
            let end = position + 12 + length
            let code = UInt32(kind)
            // Bit 5 of the first letter: ancillary.
            if code & 0x2000_0000 != 0, !kept.contains(code) || !seen.insert(code).inserted {
                if start < position { keptRanges.append(start..<position) }
                start = end
            }
            position = end
            if code == Self.code("IEND") { break }
        }
        guard start > 0 else { return nil }
        // What follows IEND, or a chunk that breaks off: libpng's to judge.
        keptRanges.append(start..<file.count)
        var result: [UInt8] = []
        result.reserveCapacity(keptRanges.reduce(0) { $0 + $1.count })
        for range in keptRanges { result += file[range] }
        return result
    }

    /// Whether the file ends before a chunk does, or before IEND.
    package static func breaksOff(_ file: UnsafeRawBufferPointer) -> Bool {
        var position = 8
        while let length = file.number(at: position, 4), let kind = file.number(at: position + 4, 4) {
            guard length <= file.count - position - 12 else { return true }
            if UInt32(kind) == code("IEND") { return false }
            position += 12 + length
        }
        return true
    }

    private static func code(_ name: String) -> UInt32 { name.utf8.reduce(0) { $0 << 8 | UInt32($1) } }
}

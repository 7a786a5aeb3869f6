/// What an upload is that is no archive as they are taken here, by its first bytes (the formats' own marks).
///
/// A guess that errs towards taking it: what is refused here is surely none, and the rest is for the archive's reader.
enum ForeignFile {
    private static let marks: [(mark: [UInt8], name: String)] = [
        (Array("BZh".utf8), "compressed with bzip2"), ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive"),
        (Array("Rar!\u{1A}\u{7}".utf8), "a RAR archive"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "compressed with xz"),
        (Array("%PDF-".utf8), "a PDF document"),
    ]
    private static let archives: [[UInt8]] = [Array("PK".utf8), [0x1F, 0x8B], [0x28, 0xB5, 0x2F, 0xFD]]

    /// Where a tar has its mark; before it there is a zero byte in every one.
    private static let tarMark = 257

    /// - Parameters:
    ///   - start: the first bytes, as many as there are yet.
    ///   - isWhole: whether there are no more.
    /// - Returns: what it is; nil where it may be an archive.
    static func name(_ start: [UInt8], isWhole: Bool) -> String? {
        if let known = marks.first(where: { start.starts(with: $0.mark) }) { return known.name }
        guard !archives.contains(where: { start.starts(with: $0) }), isWhole || start.count >= tarMark else {
            return nil
        }
        let isText = start.prefix(512).allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
        return isText && isUTF8(start.prefix(512)) ? "text" : nil
    }

    /// But for a character that is cut off at the end.
    private static func isUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
        (0..<4).contains { String(validating: bytes.dropLast($0), as: UTF8.self) != nil }
    }
}

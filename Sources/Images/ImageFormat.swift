/// The picture formats that Regraft reads, told apart by their first bytes and never by a file's name.
public enum ImageFormat: String, Sendable, CaseIterable {
    case jpeg = "JPEG"
    case png = "PNG"
    case webp = "WebP"
    case gif = "GIF"
    case tiff = "TIFF"
    case heif = "HEIF"
    case avif = "AVIF"

    /// The format that the bytes announce, or nil. Needs the first 32 bytes; fewer may give nil.
    public static func sniff(_ bytes: UnsafeRawBufferPointer) -> ImageFormat? {
        func starts(_ pattern: [UInt8], at offset: Int = 0) -> Bool {
            bytes.count >= offset + pattern.count && bytes[offset..<offset + pattern.count].elementsEqual(pattern)
        }
        if starts([0xFF, 0xD8, 0xFF]) { return .jpeg }
        if starts([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        if starts(Array("RIFF".utf8)), starts(Array("WEBP".utf8), at: 8) { return .webp }
        if starts(Array("GIF87a".utf8)) || starts(Array("GIF89a".utf8)) { return .gif }
        // Classic TIFF is version 42 in either byte order, BigTIFF 43.
        if starts([0x49, 0x49, 42, 0]) || starts([0x4D, 0x4D, 0, 42]) { return .tiff }
        if starts([0x49, 0x49, 43, 0]) || starts([0x4D, 0x4D, 0, 43]) { return .tiff }
        if starts(Array("ftyp".utf8), at: 4) { return isoBrand(bytes) }
        return nil
    }

    /// The brand of an ISO base media file (ISO/IEC 14496-12, `ftyp`): a still picture, or a film that is refused.
    private static func isoBrand(_ bytes: UnsafeRawBufferPointer) -> ImageFormat? {
        let boxSize = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let end = min(boxSize, bytes.count)
        guard end >= 16 else { return nil }
        // The major brand, then (after a version number) the compatible ones: `mif1` alone does not say which codec.
        let offsets = [8] + stride(from: 16, through: end - 4, by: 4)
        let brands = offsets.map { String(decoding: bytes[$0..<$0 + 4], as: UTF8.self) }
        if brands.contains(where: { $0 == "avif" || $0 == "avis" }) { return .avif }
        let heif: Set<String> = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"]
        return brands.contains(where: heif.contains) ? .heif : nil
    }

    /// What a file that is not a readable picture looks like, for the sentence that refuses it.
    static func guess(_ bytes: UnsafeRawBufferPointer) -> String {
        func starts(_ text: String) -> Bool { bytes.prefix(text.utf8.count).elementsEqual(text.utf8) }
        if starts("%PDF") { return "a PDF document" }
        if starts("BM") { return "a BMP picture, which is not supported; convert it to PNG" }
        if starts("PK\u{3}\u{4}") { return "a zip archive" }
        if starts("<svg") || starts("<?xml") { return "an SVG or XML file" }
        if starts("<!DOCTYPE") || starts("<html") { return "a web page" }
        let head = bytes.prefix(512)
        let isText = String(validating: head, as: UTF8.self) != nil && !head.contains { $0 < 9 || ($0 > 13 && $0 < 32) }
        return isText ? "a text file" : "in no picture format that is known here"
    }
}

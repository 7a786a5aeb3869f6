/// What a JPEG file says about itself before its pixels: EXIF orientation, ICC profile, and whether Adobe wrote it.
///
/// Reads the marker segments of ITU-T T.81 annex B up to the first scan; a broken segment ends the reading and what was
/// found until then counts, since a photo is worth more than its metadata.
struct JPEGMetadata {
    var orientation = Orientation.upright
    /// Empty where the file has none.
    var iccProfile: [UInt8] = []
    /// An Adobe marker says that CMYK values are stored inverted (Adobe Technical Note 5116).
    var isAdobe = false

    init(_ file: UnsafeRawBufferPointer) {
        var profileParts: [UInt8: Slice<UnsafeRawBufferPointer>] = [:]
        var position = 2
        while position + 4 <= file.count, file[position] == 0xFF {
            let marker = file[position + 1]
            if marker == 0xFF {  // fill byte
                position += 1
                continue
            }
            if marker == 0xDA || marker == 0xD9 { break }
            if marker == 0x01 || (0xD0...0xD7).contains(marker) {  // markers without a length
                position += 2
                continue
            }
            let length = Int(file[position + 2]) << 8 | Int(file[position + 3])
            guard length >= 2, position + 2 + length <= file.count else { break }
            let segment = file[position + 4..<position + 2 + length]
            switch marker {
            case 0xE1: readExif(segment)
            case 0xE2: readProfilePart(segment, into: &profileParts)
            case 0xEE: isAdobe = isAdobe || segment.starts(with: "Adobe".utf8)
            default: break
            }
            position += 2 + length
        }
        iccProfile = Self.join(profileParts)
    }

    private mutating func readExif(_ segment: Slice<UnsafeRawBufferPointer>) {
        let header = Array("Exif\0\0".utf8)
        guard segment.starts(with: header) else { return }
        let tiff = UnsafeRawBufferPointer(rebasing: segment.dropFirst(header.count))
        if let found = ExifReader.orientation(tiff) { orientation = found }
    }

    /// One part of a profile that may be spread over up to 255 segments (ICC.1:2010, B.4).
    private func readProfilePart(
        _ segment: Slice<UnsafeRawBufferPointer>, into parts: inout [UInt8: Slice<UnsafeRawBufferPointer>]
    ) {
        let header = Array("ICC_PROFILE\0".utf8)
        guard segment.count > header.count + 2, segment.starts(with: header) else { return }
        let sequenceNumber = segment[segment.startIndex + header.count]
        parts[sequenceNumber] = segment.dropFirst(header.count + 2)
    }

    private static func join(_ parts: [UInt8: Slice<UnsafeRawBufferPointer>]) -> [UInt8] {
        parts.sorted { $0.key < $1.key }.flatMap { Array($0.value) }
    }
}

/// The one EXIF value that changes pixels, read from the TIFF structure (TIFF 6.0, section 2) of an EXIF segment.
enum ExifReader {
    private static let orientationTag = 0x0112

    /// Nil where the structure is broken or holds no valid orientation.
    static func orientation(_ tiff: UnsafeRawBufferPointer) -> Orientation? {
        guard tiff.count >= 8 else { return nil }
        let isLittleEndian: Bool
        switch (tiff[0], tiff[1]) {
        case (0x49, 0x49): isLittleEndian = true
        case (0x4D, 0x4D): isLittleEndian = false
        default: return nil
        }
        func number(at offset: Int, bytes: Int) -> Int? {
            guard offset >= 0, offset + bytes <= tiff.count else { return nil }
            let digits = tiff[offset..<offset + bytes]
            return isLittleEndian
                ? digits.reversed().reduce(0) { $0 << 8 | Int($1) } : digits.reduce(0) { $0 << 8 | Int($1) }
        }
        guard number(at: 2, bytes: 2) == 42, let directory = number(at: 4, bytes: 4),
            let entries = number(at: directory, bytes: 2)
        else { return nil }
        for entry in 0..<entries {
            let offset = directory + 2 + entry * 12
            guard let tag = number(at: offset, bytes: 2) else { return nil }
            guard tag == orientationTag else { continue }
            // A SHORT, left-justified in the four bytes of the value.
            return number(at: offset + 8, bytes: 2).flatMap(Orientation.init(rawValue:))
        }
        return nil
    }
}

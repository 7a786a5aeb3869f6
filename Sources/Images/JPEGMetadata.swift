/// What a JPEG file says about itself before its pixels: EXIF orientation, ICC profile, and whether Adobe wrote it.
///
/// Reads the marker segments of ITU-T T.81 annex B up to the first scan; a broken segment ends the reading and what was
/// found until then counts, since a photo is worth more than its metadata.
struct JPEGMetadata {
    /// By the first EXIF segment that can be read, as in ExifTool, libvips and Pillow: what is appended later does not
    /// turn it.
    var orientation: Orientation { firstOrientation ?? .upright }
    private var firstOrientation: Orientation?
    /// Empty where the file has none; at most 255 segments of 65,519 bytes, 16.7 MB.
    var iccProfile: [UInt8] = []
    /// An Adobe marker says that CMYK values are stored inverted (Adobe Technical Note 5116).
    var isAdobe = false

    init(_ file: UnsafeRawBufferPointer) {
        var profileParts: [UInt8: Slice<UnsafeRawBufferPointer>] = [:]
        for part in JPEGMarkers(file) {
            if part.code == JPEGMarkers.Code.scan { break }
            let segment = file[part.content]
            switch part.code {
            case 0xE1: readExif(segment)
            case 0xE2: readProfilePart(segment, into: &profileParts)
            case 0xEE: isAdobe = isAdobe || segment.starts(with: "Adobe".utf8)
            default: break
            }
        }
        iccProfile = Self.join(profileParts)
    }

    private mutating func readExif(_ segment: Slice<UnsafeRawBufferPointer>) {
        let header = Array("Exif\0\0".utf8)
        guard firstOrientation == nil, segment.starts(with: header) else { return }
        firstOrientation = ExifReader.orientation(UnsafeRawBufferPointer(rebasing: segment.dropFirst(header.count)))
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

    /// Nil where the structure is broken; upright where it holds no valid orientation.
    static func orientation(_ tiff: UnsafeRawBufferPointer) -> Orientation? {
        let order: ByteOrder
        switch tiff.number(at: 0, 2) {
        case 0x4949: order = .little
        case 0x4D4D: order = .big
        default: return nil
        }
        guard tiff.number(at: 2, 2, order) == 42, let directory = tiff.number(at: 4, 4, order),
            let entries = tiff.number(at: directory, 2, order)
        else { return nil }
        for entry in 0..<entries {
            let offset = directory + 2 + entry * 12
            guard let tag = tiff.number(at: offset, 2, order) else { return nil }
            guard tag == orientationTag else { continue }
            // A SHORT, left-justified in the four bytes of the value.
            guard let value = tiff.number(at: offset + 8, 2, order) else { return nil }
            return Orientation(rawValue: value) ?? .upright
        }
        return .upright
    }
}

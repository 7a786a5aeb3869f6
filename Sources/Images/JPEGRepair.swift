/// JPEG files put right where that changes no pixel.
enum JPEGRepair {
    /// The file with its EOI marker, which some cameras and interrupted copies leave out.
    static func withEnd(_ file: UnsafeRawBufferPointer) -> [UInt8] { Array(file) + [0xFF, JPEGMarkers.Code.end] }

    /// The file without what libjpeg warns of and reads all the same: bytes between segments (but not behind a scan,
    /// where they cannot be told from its data), an unknown version of JFIF, an unknown colour transform of Adobe's (libjpeg takes 1 for three components and 2 for four), progressive
    /// parameters in a sequential scan.
    static func withoutHarmlessFaults(_ file: UnsafeRawBufferPointer) -> [UInt8] {
        var mended: [UInt8] = [0xFF, 0xD8]
        mended.reserveCapacity(file.count)
        var scanData: Int?
        var isProgressive = false
        for segment in JPEGMarkers(file) {
            if let start = scanData { mended += file[start..<segment.start] }
            scanData = nil
            mended += [0xFF, segment.code]
            if segment.code == JPEGMarkers.Code.end { break }
            if segment.isFrame { isProgressive = segment.code & 3 == 2 }
            let start = mended.count + 2
            mended += file[segment.content.lowerBound - 2..<segment.content.upperBound]
            let content = start..<mended.count
            switch segment.code {
            case 0xE0 where file.holds("JFIF\0", at: segment.content.lowerBound) && content.count >= 6:
                mended[start + 5] = 1
            case 0xEE where file.holds("Adobe", at: segment.content.lowerBound) && content.count >= 12:
                // libjpeg knows 0, and one other for each number of components.
                if mended[start + 11] != 0 { mended[start + 11] = isFourComponents(file) ? 2 : 1 }
            case JPEGMarkers.Code.scan:
                if !isProgressive, content.count >= 4 {
                    mended.replaceSubrange(content.upperBound - 3..<content.upperBound, with: [0, 63, 0])
                }
                scanData = segment.content.upperBound
            default: break
            }
        }
        if let start = scanData { mended += file[start...] }
        return mended
    }

    private static func isFourComponents(_ file: UnsafeRawBufferPointer) -> Bool {
        guard let frame = JPEGMarkers(file).first(where: \.isFrame) else { return false }
        return file.number(at: frame.content.lowerBound + 5, 1) == 4
    }
}

/// The marker segments of a JPEG file (ITU-T T.81, annex B), in order, found as libjpeg finds them: whatever stands
/// between two segments is passed over, and so is entropy-coded data, with its stuffed zeros and restart markers. Ends
/// after EOI, or where the file breaks off.
struct JPEGMarkers: Sequence, IteratorProtocol {
    enum Code {
        static let end: UInt8 = 0xD9
        static let scan: UInt8 = 0xDA
    }

    struct Segment {
        let code: UInt8
        /// Of the marker's 0xFF in the file.
        let start: Int
        /// What follows the length, in the file; empty for EOI.
        let content: Range<Int>

        /// Start of frame: all of 0xC0…0xCF but the tables (DHT, DAC) and JPG.
        var isFrame: Bool { (0xC0...0xCF).contains(code) && code != 0xC4 && code != 0xC8 && code != 0xCC }
    }

    private let file: UnsafeRawBufferPointer
    private var position = 2
    private var isOver = false

    init(_ file: UnsafeRawBufferPointer) { self.file = file }

    mutating func next() -> Segment? {
        while !isOver, position < file.count, let start = file[position...].firstIndex(of: 0xFF) {
            guard let last = file[start...].firstIndex(where: { $0 != 0xFF }) else { break }
            let code = file[last]
            position = last + 1
            if code == Code.end {
                isOver = true
                return Segment(code: code, start: last - 1, content: position..<position)
            }
            // A stuffed zero, and markers without a length: TEM, RST0…RST7, SOI and reserved ones.
            if code < 0xC0 || (0xD0...0xD8).contains(code) { continue }
            guard var length = file.number(at: position, 2), length <= file.count - position else { break }
            if length < 2 {
                // libjpeg reads on behind an application segment or comment that is shorter than its own length; in any
                // other it gives up.
                guard (0xE0...0xEF).contains(code) || code == 0xFE else { break }
                length = 2
            }
            let content = position + 2..<position + length
            position += length
            return Segment(code: code, start: last - 1, content: content)
        }
        isOver = true
        return nil
    }
}

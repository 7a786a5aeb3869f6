import Domain

/// How a JPEG file sends its pixels: frame, scans and end, read from its markers without decoding anything.
struct JPEGStructure {
    struct Frame {
        let width: Int
        let height: Int
        let isProgressive: Bool
        fileprivate let components: [UInt8]
    }

    /// Nil where there is none before the first scan.
    private(set) var frame: Frame?
    /// How often libjpeg would walk the picture's coefficients. Counted to the limit that was asked for, and one
    /// beyond.
    private(set) var scans = 0
    /// Whether an EOI marker follows. Not looked for where one scan holds the whole picture and `toTheEnd` is false.
    private(set) var hasEnd = false
    /// For each component the lowest bit that has been sent of each of its 64 coefficients, -1 for none.
    private var lowestBits: [[Int8]] = []

    /// Whether every coefficient has been announced to its last bit: nothing but EOI can be missing after the last
    /// scan.
    var isComplete: Bool { !lowestBits.isEmpty && lowestBits.allSatisfy { $0.allSatisfy { $0 == 0 } } }

    /// - Parameters:
    ///   - toTheEnd: false to stop after a scan that holds the whole of a sequential picture. libjpeg takes no second
    ///     one there, and passing over the scan would cost a millisecond for some megabytes.
    init(_ file: UnsafeRawBufferPointer, maximumScans: Int, toTheEnd: Bool = false) {
        for segment in JPEGMarkers(file) {
            if segment.code == JPEGMarkers.Code.end {
                hasEnd = true
            } else if segment.isFrame, frame == nil {
                readFrame(file, segment)
            } else if segment.code == JPEGMarkers.Code.scan {
                scans += 1
                readScan(file, segment.content)
                if scans > maximumScans { return }
                if !toTheEnd, let frame, !frame.isProgressive, scans == 1, isComplete { return }
            }
        }
    }

    private mutating func readFrame(_ file: UnsafeRawBufferPointer, _ segment: JPEGMarkers.Segment) {
        let start = segment.content.lowerBound
        guard segment.content.count >= 6, let height = file.number(at: start + 1, 2),
            let width = file.number(at: start + 3, 2)
        else { return }
        let components = (0..<Int(file[start + 5])).map { start + 6 + $0 * 3 }
        guard components.count <= 4, components.allSatisfy(segment.content.contains) else { return }
        frame = Frame(
            width: width, height: height, isProgressive: segment.code & 3 == 2, components: components.map { file[$0] })
        lowestBits = [[Int8]](repeating: [Int8](repeating: -1, count: 64), count: components.count)
    }

    private mutating func readScan(_ file: UnsafeRawBufferPointer, _ content: Range<Int>) {
        guard let frame, let count = content.first.map({ Int(file[$0]) }), content.count >= 4 + 2 * count else {
            return
        }
        let parameters = content.lowerBound + 1 + 2 * count
        // Sequential scans hold whole coefficients, and some encoders leave these parameters zero there.
        let first = frame.isProgressive ? Int(file[parameters]) : 0
        let last = frame.isProgressive ? Int(file[parameters + 1]) : 63
        let bit = frame.isProgressive ? Int8(file[parameters + 2] & 15) : 0
        guard first <= last, last < 64 else { return }
        for place in 0..<count {
            let name = file[content.lowerBound + 1 + 2 * place]
            guard let component = frame.components.firstIndex(of: name) else { continue }
            for coefficient in first...last { lowestBits[component][coefficient] = bit }
        }
    }
}

extension ImageLimits {
    func check(_ structure: JPEGStructure) throws(ImageError) {
        guard let frame = structure.frame else { return }
        try check(width: frame.width, height: frame.height)
        guard structure.scans <= maximumScans else {
            throw ImageError(.tooManyScans, "its pixels come in more than \(maximumScans) scans")
        }
        guard structure.scans * frame.width * frame.height <= maximumScannedPixels else {
            throw ImageError(
                .tooManyScans,
                "its \(frame.width) × \(frame.height) pixels come in \(structure.scans) scans; at most "
                    + "\(maximumScannedPixels) pixels are decoded over all scans")
        }
    }
}

/// Reads a body in the chunked coding (RFC 9112, 7.1), as far as it has come.
struct ChunkedDecoder {
    private enum State {
        case size
        case data(remaining: Int)
        case dataEnd
        case trailer
        case done
    }

    private let limits: ServerConfiguration.Limits
    private var state = State.size
    private var trailerBytes = 0
    private var trailerCount = 0

    init(limits: ServerConfiguration.Limits) { self.limits = limits }

    var isDone: Bool { if case .done = state { true } else { false } }

    /// Moves what is whole from `input` to `output`, up to `capacity` bytes there.
    /// - Returns: false when more input is needed for any progress.
    mutating func decode(_ input: inout InputBuffer, into output: inout [UInt8], capacity: Int) throws(Problem) -> Bool
    {
        var hasMoved = false
        while output.count < capacity {
            switch state {
            case .size:
                guard let size = try takeLine(&input, limit: limits.chunkLine, Self.size) else { return hasMoved }
                state = size == 0 ? .trailer : .data(remaining: size)
            case .data(let remaining):
                guard !input.isEmpty else { return hasMoved }
                let moved = input.move(upTo: min(remaining, capacity - output.count), to: &output)
                state = moved == remaining ? .dataEnd : .data(remaining: remaining - moved)
            case .dataEnd:
                let isEmpty = try takeLine(&input, limit: 2) { _, line throws(Problem) in line.isEmpty }
                guard let isEmpty else { return hasMoved }
                guard isEmpty else { throw Self.unended }
                state = .size
            case .trailer:
                // Trailers are checked, for where the body ends depends on them, and then dropped.
                let left = limits.headerBytes - trailerBytes
                let length = try takeLine(&input, limit: left) { bytes, line throws(Problem) in
                    if !line.isEmpty { _ = try FieldLine.parse(bytes, line) }
                    return line.count
                }
                guard let length else { return hasMoved }
                trailerBytes += length + 2
                trailerCount += 1
                guard trailerCount <= limits.headerCount + 1 else { throw tooLarge }
                if length == 0 { state = .done }
            case .done:
                return true
            }
            hasMoved = true
        }
        return hasMoved
    }

    /// Hands a whole line, without its end, to `read`. Nil while it is not whole.
    private func takeLine<Value>(
        _ input: inout InputBuffer, limit: Int,
        _ read: (UnsafeBufferPointer<UInt8>, Range<Int>) throws(Problem) -> Value
    ) throws(Problem) -> Value? {
        let found = try input.withUnsafeBytes { (bytes) throws(Problem) -> (Value, Int)? in
            guard let lineFeed = bytes.lineFeed(from: 0) else {
                guard bytes.count <= limit + 1 else { throw tooLarge }
                return nil
            }
            guard lineFeed < limit + 2 else { throw tooLarge }
            guard lineFeed > 0, bytes[lineFeed - 1] == 0x0D else {
                throw .badRequest("A line of the chunked body ends without carriage return and line feed.")
            }
            return (try read(bytes, 0..<lineFeed - 1), lineFeed + 1)
        }
        guard let found else { return nil }
        input.consume(found.1)
        return found.0
    }

    private var tooLarge: Problem {
        if case .dataEnd = state { return Self.unended }
        return .badRequest("A chunk's line or the trailer is too long.")
    }

    private static let unended = Problem.badRequest("A chunk is longer than its size says.")

    /// `chunk-size [ chunk-ext ]`; extensions are checked for control characters and ignored.
    private static func size(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) throws(Problem) -> Int {
        let malformed = Problem.badRequest("A chunk's size is no hexadecimal number.")
        var size = 0
        var position = line.lowerBound
        while position < line.upperBound, let digit = hexadecimalDigit(bytes[position]) {
            // 15 digits are an exabyte and cannot overflow.
            guard position - line.lowerBound < 15 else { throw malformed }
            size = size << 4 | digit
            position += 1
        }
        guard position > line.lowerBound else { throw malformed }
        var rest = line[position...]
        guard !rest.isEmpty else { return size }
        while let first = rest.first, ByteSet.isBlank(bytes[first]) { rest = rest.dropFirst() }
        guard let semicolon = rest.first, bytes[semicolon] == 0x3B, rest.allSatisfy({ ByteSet.isFieldValue(bytes[$0]) })
        else { throw malformed }
        return size
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte - 0x30)
        case 0x41...0x46: Int(byte - 0x41 + 10)
        case 0x61...0x66: Int(byte - 0x61 + 10)
        default: nil
        }
    }
}

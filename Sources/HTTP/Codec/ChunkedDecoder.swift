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
        var used = 0
        // In one pass over what has come, since a body may be a million chunks of one byte.
        let hasMoved = try input.withUnsafeBytes { (bytes) throws(Problem) in
            try decode(bytes, &used, into: &output, capacity: capacity)
        }
        input.consume(used)
        return hasMoved
    }

    private mutating func decode(
        _ bytes: UnsafeBufferPointer<UInt8>, _ used: inout Int, into output: inout [UInt8], capacity: Int
    ) throws(Problem) -> Bool {
        var hasMoved = false
        while output.count < capacity {
            switch state {
            case .size:
                guard let line = try takeLine(bytes, &used, limit: limits.chunkLine) else { return hasMoved }
                let size = try Self.size(bytes, line)
                state = size == 0 ? .trailer : .data(remaining: size)
            case .data(let remaining):
                let count = min(remaining, capacity - output.count, bytes.count - used)
                guard count > 0 else { return hasMoved }
                output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[used..<used + count]))
                used += count
                state = count == remaining ? .dataEnd : .data(remaining: remaining - count)
            case .dataEnd:
                guard let line = try takeLine(bytes, &used, limit: 2) else { return hasMoved }
                guard line.isEmpty else { throw Self.unended }
                state = .size
            case .trailer:
                // Trailers are checked, for where the body ends depends on them, and then dropped.
                guard let line = try takeLine(bytes, &used, limit: limits.headerBytes - trailerBytes) else {
                    return hasMoved
                }
                if !line.isEmpty { _ = try FieldLine.parse(bytes, line) }
                trailerBytes += line.count + 2
                trailerCount += 1
                guard trailerCount <= limits.headerCount + 1 else { throw tooLarge }
                if line.isEmpty { state = .done }
            case .done:
                return true
            }
            hasMoved = true
        }
        return hasMoved
    }

    /// A whole line, without its end. Nil while it is not whole.
    private func takeLine(
        _ bytes: UnsafeBufferPointer<UInt8>, _ used: inout Int, limit: Int
    ) throws(Problem) -> Range<Int>? {
        guard let lineFeed = bytes.lineFeed(from: used) else {
            guard bytes.count - used <= limit + 1 else { throw tooLarge }
            return nil
        }
        guard lineFeed - used < limit + 2 else { throw tooLarge }
        guard lineFeed > used, bytes[lineFeed - 1] == 0x0D else {
            throw .badRequest("A line of the chunked body ends without carriage return and line feed.")
        }
        defer { used = lineFeed + 1 }
        return used..<lineFeed - 1
    }

    private var tooLarge: Problem {
        if case .dataEnd = state { return Self.unended }
        return .badRequest("A chunk's line or the trailer is too long.")
    }

    private static let unended = Problem.badRequest("A chunk is longer than its size says.")

    private static let malformed = Problem.badRequest("A chunk's size is no hexadecimal number.")

    /// `chunk-size [ chunk-ext ]`; extensions are checked for control characters and ignored.
    private static func size(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) throws(Problem) -> Int {
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

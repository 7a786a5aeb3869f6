import CLinux
import Glibc
public import HTTPTypes

/// Reads a `multipart/form-data` body (RFC 7578, RFC 2046 5.1) part by part, as it comes; no part is ever held whole.
///
///     var reader = try MultipartReader(request)
///     while let part = try await reader.nextPart() {
///         while let bytes = try await reader.read() { … }
///     }
public struct MultipartReader {
    public struct Part: Sendable {
        /// Of the form's field.
        public let name: String
        /// What the client calls the file; nil where the part is no file. Never to be used as a path.
        public let filename: String?
        public let headers: HTTPFields

        public var contentType: String? { headers[.contentType] }
    }

    public struct Limits: Sendable {
        /// Default 10,000.
        public var parts = 10_000
        /// Bytes of a part's header. Default 8 KiB.
        public var headerBytes = 8 << 10

        public init() {}
    }

    private enum State {
        /// Before the first boundary.
        case preamble
        /// In a part's content.
        case content
        /// After a boundary, before the part's header.
        case header
        case end
    }

    private var body: RequestBody.Iterator
    private let limits: Limits
    /// `CR LF "--" boundary`
    private let delimiter: [UInt8]
    private var buffer: [UInt8]
    private var start = 0
    private var state = State.preamble
    private var partCount = 0

    /// - Throws: `Problem` (415) for a request of another type, or without a boundary.
    public init(_ request: Request, limits: Limits = Limits()) throws(Problem) {
        let type = request.headers[.contentType].flatMap { HeaderParameters($0) }
        guard let type, type.value == "multipart/form-data" else {
            throw Problem(.unsupportedMediaType, "The body must be multipart/form-data.")
        }
        guard let boundary = type["boundary"], (1...70).contains(boundary.utf8.count),
            boundary.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { throw Problem(.unsupportedMediaType, "The Content-Type names no boundary of 1 to 70 characters.") }
        self.init(request.body, boundary: boundary, limits: limits)
    }

    init(_ body: RequestBody, boundary: String, limits: Limits = Limits()) {
        self.body = body.makeAsyncIterator()
        self.limits = limits
        delimiter = Array("\r\n--\(boundary)".utf8)
        // The first boundary may be at the very beginning, where nothing is before its line.
        buffer = [0x0D, 0x0A]
    }

    /// Goes on to the next part; what was not read of the one before it is skipped.
    /// - Returns: nil after the last.
    /// - Throws: `Problem` (400) for a body that is not what it says; and as reading the body does.
    public mutating func nextPart() async throws -> Part? {
        while state == .preamble || state == .content { _ = try await read() }
        guard state == .header else { return nil }
        partCount += 1
        guard partCount <= limits.parts else {
            throw Problem(.contentTooLarge, "The body has more than \(limits.parts) parts.")
        }
        let headers = try await readHeaders()
        state = .content
        guard
            let disposition = headers[.contentDisposition].flatMap({
                HeaderParameters($0, fromForm: true)
            }),
            disposition.value == "form-data", let name = disposition["name"]
        else { throw Problem.badRequest("A part has no Content-Disposition with a name.") }
        return Part(name: name, filename: disposition["filename"], headers: headers)
    }

    /// The next piece of the current part's content.
    /// - Returns: nil at its end.
    public mutating func read() async throws -> [UInt8]? {
        guard state == .preamble || state == .content else { return nil }
        while true {
            if let found = find(delimiter) {
                let piece = Array(buffer[start..<found])
                start = found + delimiter.count
                try await endDelimiter()
                return piece.isEmpty || state == .preamble ? nil : piece
            }
            // The end of what has come may be the beginning of a boundary.
            let end = buffer.count - delimiter.count + 1
            if end > start {
                let piece = Array(buffer[start..<end])
                start = end
                if state == .content { return piece }
            }
            try await fill()
        }
    }

    /// After a boundary: `--` for the last one, else a line end, with blanks before it that nobody needs.
    private mutating func endDelimiter() async throws {
        while buffer.count - start < 2 { try await fill() }
        if buffer[start] == 0x2D, buffer[start + 1] == 0x2D {
            state = .end
            (buffer, start) = ([], 0)
            while try await body.next() != nil {}  // what follows has no meaning
            return
        }
        var padding = 0
        while true {
            if start == buffer.count { try await fill() }
            guard ByteSet.isBlank(buffer[start]), padding < 256 else { break }
            start += 1
            padding += 1
        }
        while buffer.count - start < 2 { try await fill() }
        guard buffer[start] == 0x0D, buffer[start + 1] == 0x0A else {
            throw Problem.badRequest("A boundary of the multipart body is followed by something else than a line end.")
        }
        // The line end is also that of the empty line of a part without a header.
        state = .header
    }

    private mutating func readHeaders() async throws -> HTTPFields {
        var fields = HTTPFields()
        let blankLine: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        var end = find(blankLine)
        while end == nil {
            guard buffer.count - start < limits.headerBytes + blankLine.count else { break }
            try await fill()
            end = find(blankLine)
        }
        guard let end, end - start <= limits.headerBytes else {
            throw Problem.badRequest("A part's header has more than \(limits.headerBytes) bytes.")
        }
        try buffer.withUnsafeBufferPointer { bytes in
            var line = start + 2
            while line < end + 2 {
                let lineEnd = bytes.lineFeed(from: line).map { $0 - 1 } ?? end
                guard bytes[lineEnd] == 0x0D else { throw Problem.badRequest("A line of a part's header has no CR.") }
                if lineEnd > line { fields.append(try FieldLine.parse(bytes, line..<lineEnd)) }
                line = lineEnd + 2
            }
        }
        // A part may end with its header: then the empty line's end is that of the next boundary.
        start = end + 2
        while buffer.count - start < delimiter.count { try await fill() }
        if !buffer[start...].starts(with: delimiter) { start += 2 }
        return fields
    }

    private func find(_ pattern: [UInt8]) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, bytes.count > start,
                let found = memmem(base + start, bytes.count - start, pattern, pattern.count)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    private mutating func fill() async throws {
        guard let chunk = try await body.next() else {
            throw Problem.badRequest("The multipart body ends before its last boundary.")
        }
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer += chunk
    }
}

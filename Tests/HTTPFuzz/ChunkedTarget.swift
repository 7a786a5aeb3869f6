/// The chunked coding: the same in any pieces, for any capacity, and as the reference below reads it.
enum ChunkedTarget {
    enum Outcome: Equatable {
        case done(consumed: Int)
        case incomplete
        case refused
    }

    static func run(_ input: inout Input) {
        var limits = ServerConfiguration.Limits()
        let choice = input.choice()
        if choice & 1 != 0 { limits.chunkLine = 8 }
        if choice & 2 != 0 { limits.headerBytes = 16 }
        if choice & 4 != 0 { limits.headerCount = 2 }
        let capacity = 1 + Int(input.choice())
        var randomness = input.randomness()
        let bytes = Array(input.rest)

        let expected = ReferenceDecoder.decode(bytes, limits)
        let atOnce = decode([bytes], limits, capacity: .max)
        check(atOnce.0 == expected.0, "chunks at once are \(atOnce.0), by reference \(expected.0)")
        if expected.0 != .refused { check(atOnce.1 == expected.1, "chunks at once have another content") }
        let inPieces = decode(randomness.pieces(bytes), limits, capacity: capacity)
        check(inPieces.0 == expected.0, "chunks in pieces are \(inPieces.0), by reference \(expected.0)")
        if expected.0 != .refused { check(inPieces.1 == expected.1, "chunks in pieces have another content") }
    }

    private static func decode(
        _ pieces: [[UInt8]], _ limits: ServerConfiguration.Limits, capacity: Int
    ) -> (Outcome, [UInt8]) {
        var (decoder, input) = (ChunkedDecoder(limits: limits), InputBuffer())
        var (content, received): ([UInt8], Int) = ([], 0)
        do {
            for piece in pieces {
                piece.withUnsafeBytes { input.append($0) }
                received += piece.count
                while !decoder.isDone {
                    var output: [UInt8] = []
                    let hasMoved = try decoder.decode(&input, into: &output, capacity: capacity)
                    check(output.count <= capacity, "the output has \(output.count) bytes, of \(capacity)")
                    content += output
                    if !hasMoved { break }
                }
                if decoder.isDone { return (.done(consumed: received - input.count), content) }
            }
            return (.incomplete, content)
        } catch {
            return (.refused, content)
        }
    }
}

/// Reads all there is, once, from left to right.
private enum ReferenceDecoder {
    private struct Refused: Error {}

    static func decode(
        _ bytes: [UInt8], _ limits: ServerConfiguration.Limits
    ) -> (ChunkedTarget.Outcome, [UInt8]) {
        var (position, content): (Int, [UInt8]) = (0, [])
        /// Without its end; nil where that is still to come.
        func line(atMost limit: Int) throws -> [UInt8]? {
            guard let end = bytes[position...].firstIndex(of: 0x0A) else {
                // Only a CR may still come before what is missing.
                guard bytes.count - position <= limit + 1 else { throw Refused() }
                return nil
            }
            guard end > position, bytes[end - 1] == 0x0D, end - 1 - position <= limit else { throw Refused() }
            defer { position = end + 1 }
            return Array(bytes[position..<end - 1])
        }
        do {
            while true {
                guard let sizeLine = try line(atMost: limits.chunkLine) else { return (.incomplete, content) }
                let size = try size(sizeLine)
                if size == 0 { break }
                let end = min(bytes.count, position + size)
                content += bytes[position..<end]
                guard end - position == size else { return (.incomplete, content) }
                position = end
                guard let empty = try line(atMost: 2) else { return (.incomplete, content) }
                guard empty.isEmpty else { throw Refused() }
            }
            var (left, count) = (limits.headerBytes, 0)
            while true {
                guard let trailer = try line(atMost: left) else { return (.incomplete, content) }
                count += 1
                guard count <= limits.headerCount + 1 else { throw Refused() }
                if trailer.isEmpty { return (.done(consumed: position), content) }
                try checkField(trailer)
                left -= trailer.count + 2
            }
        } catch {
            return (.refused, content)
        }
    }

    private static func size(_ line: [UInt8]) throws -> Int {
        let digits = line.prefix { Character(UnicodeScalar($0)).isHexDigit && $0 < 0x80 }
        guard (1...15).contains(digits.count), let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw Refused() }
        let rest = line.dropFirst(digits.count)
        guard !rest.isEmpty else { return size }
        guard rest.first(where: { $0 != 0x20 && $0 != 0x09 }) == 0x3B,
            rest.allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F })
        else { throw Refused() }
        return size
    }

    private static func checkField(_ line: [UInt8]) throws {
        let letters = Set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        guard let colon = line.firstIndex(of: 0x3A), colon > 0, line[..<colon].allSatisfy(letters.contains),
            line[(colon + 1)...].allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F })
        else { throw Refused() }
    }
}

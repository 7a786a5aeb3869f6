import HTTPTypes

/// The head of a request: the same whether it comes at once or in pieces, and what it says of its own body is what a
/// reading of the bare bytes says.
enum HeadTarget {
    enum Outcome: Equatable {
        case head(String, length: Int)
        case incomplete
        case refused
    }

    static func run(_ input: inout Input) {
        let limits = limits(input.choice())
        var randomness = input.randomness()
        let bytes = Array(input.rest)

        var atOnce = RequestHeadParser(limits: limits)
        var found: RequestHead?
        let expected = outcome(&atOnce, bytes, &found)

        var inPieces = RequestHeadParser(limits: limits)
        var (actual, sent, ignored) = (Outcome.incomplete, [UInt8](), RequestHead?.none)
        for piece in randomness.pieces(bytes) {
            sent += piece
            actual = outcome(&inPieces, sent, &ignored)
            if actual != .incomplete { break }
        }
        check(actual == expected, "a head in pieces is \(actual), at once \(expected)")
        if let found, case .head(_, let length) = expected { checkHead(found, Array(bytes[..<length])) }
    }

    /// Small ones, so that a short input reaches them.
    private static func limits(_ choice: UInt8) -> ServerConfiguration.Limits {
        var limits = ServerConfiguration.Limits()
        if choice & 1 != 0 { limits.requestLine = 24 }
        if choice & 2 != 0 { limits.headerBytes = 64 }
        if choice & 4 != 0 { limits.headerCount = 3 }
        return limits
    }

    private static func outcome(
        _ parser: inout RequestHeadParser, _ bytes: [UInt8], _ found: inout RequestHead?
    ) -> Outcome {
        do {
            let result = try bytes.withUnsafeBufferPointer { (bytes) throws(Problem) in try parser.parse(bytes) }
            guard let (head, length) = result else { return .incomplete }
            found = head
            return .head(
                "\(head.request) \(head.target) \(head.minorVersion) \(head.framing) \(head.keepsAlive) "
                    + "\(head.expectsContinue)", length: length)
        } catch {
            return .refused
        }
    }

    /// Reads the lines again, in the plainest way.
    private static func checkHead(_ head: RequestHead, _ bytes: [UInt8]) {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        check(lines.popLast()?.isEmpty == true, "the head does not end with a line")
        check(lines.allSatisfy { $0.last == 0x0D && !$0.dropLast().contains(0x0D) }, "a line has a CR of its own")
        check(!bytes.contains(0), "the head has a NUL")
        if lines.first?.count == 1 { lines.removeFirst() }

        var (lengths, codings, hosts): ([[UInt8]], [[UInt8]], Int) = ([], [], 0)
        for line in lines.dropFirst().dropLast() {
            guard let colon = line.firstIndex(of: 0x3A) else { return check(false, "a field has no colon") }
            let name = line[..<colon].map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
            let value = line[(colon + 1)...].dropLast().filter { $0 != 0x20 && $0 != 0x09 }
            switch name {
            case Array("content-length".utf8): lengths.append(value)
            case Array("transfer-encoding".utf8):
                codings.append(value.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 })
            case Array("host".utf8): hosts += 1
            default: break
            }
        }
        switch head.framing {
        case .chunked:
            check(codings == [Array("chunked".utf8)] && lengths.isEmpty, "a body is chunked that is not said to be")
        case .length(let length):
            check(codings.isEmpty && lengths.count <= 1, "a transfer coding or a second length is overlooked")
            let digits = lengths.first.map { String(decoding: $0, as: UTF8.self) } ?? "0"
            check(Int(digits) == length && length >= 0, "a body of length \(digits) is taken for one of \(length)")
        }
        check(hosts == 1 || hosts == 0 && head.minorVersion == 0, "there are \(hosts) Host fields")
        TargetTarget.check(head.target)
    }
}

import Glibc

/// Bytes that have come from a peer and have not been used yet.
struct InputBuffer {
    private var storage: [UInt8] = []
    private var start = 0

    var count: Int { storage.count - start }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        // What has been used would else pile up as long as every piece ends in the middle of something.
        storage.removeFirst(start)
        start = 0
        storage.append(contentsOf: bytes)
    }

    func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try storage.withUnsafeBufferPointer { (all) throws(Failure) -> Result in
            try body(UnsafeBufferPointer(rebasing: all[start...]))
        }
    }

    /// Forgets the first bytes. An empty buffer keeps no memory, since most connections are idle most of the time.
    mutating func consume(_ count: Int) {
        start += count
        if isEmpty { removeAll() }
    }

    /// Takes the first bytes out, as many as there are up to `limit`, and appends them to `target`.
    mutating func move(upTo limit: Int, to target: inout [UInt8]) -> Int {
        let taken = min(limit, count)
        target.append(contentsOf: storage[start..<start + taken])
        consume(taken)
        return taken
    }

    private mutating func removeAll() {
        storage = []
        start = 0
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Where the first line feed at or after `position` is.
    func lineFeed(from position: Int) -> Int? {
        guard position < count, let baseAddress else { return nil }
        guard let found = memchr(baseAddress + position, 0x0A, count - position) else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(baseAddress)
    }

    /// The text of some of the bytes, whatever they are.
    func text(_ range: Range<Int>) -> String { String(decoding: self[range], as: UTF8.self) }
}

/// Sets of bytes, as RFC 9110 names them.
enum ByteSet {
    /// `token` (RFC 9110, 5.6.2): names of methods and fields.
    static func isToken(_ byte: UInt8) -> Bool {
        byte < 128 && (byte < 64 ? tokenLow : tokenHigh) & (1 << UInt64(byte & 63)) != 0
    }

    /// What a field's value may hold (RFC 9110, 5.5): visible characters, spaces, tabs and bytes above ASCII.
    static func isFieldValue(_ byte: UInt8) -> Bool { byte >= 0x20 ? byte != 0x7F : byte == 0x09 }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static let (tokenLow, tokenHigh): (UInt64, UInt64) = {
        let characters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        var (low, high): (UInt64, UInt64) = (0, 0)
        for byte in characters.utf8 {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
        return (low, high)
    }()
}

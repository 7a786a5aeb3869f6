/// What the fuzzer hands over, read from the front: a few bytes of choices, and the rest is what a client might send.
struct Input {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) { rest = Array(bytes)[...] }

    mutating func choice() -> UInt8 { rest.popFirst() ?? 0 }

    /// A number that lets a few bytes decide where everything is split (xorshift).
    mutating func randomness() -> Randomness {
        Randomness(state: UInt64(choice()) << 8 | UInt64(choice()) | 0x9E37_79B9_0000_0000)
    }
}

struct Randomness: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    /// Cuts bytes into pieces: mostly small ones, since that is where a parser stops in the middle of something.
    mutating func pieces(_ bytes: [UInt8]) -> [[UInt8]] {
        var (pieces, position): ([[UInt8]], Int) = ([], 0)
        while position < bytes.count {
            let largest = next() % 4 == 0 ? 64 : 3
            let end = min(bytes.count, position + 1 + Int(next() % UInt64(largest)))
            pieces.append(Array(bytes[position..<end]))
            position = end
        }
        return pieces
    }
}

/// What must hold does not: ends the process, with the input saved by libFuzzer.
func check(_ condition: Bool, _ what: @autoclosure () -> String) {
    if !condition { fatalError("FOUND: \(what())") }
}

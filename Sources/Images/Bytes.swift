enum ByteOrder {
    case big, little
}

extension UnsafeRawBufferPointer {
    /// The unsigned number in `size` bytes, 0…8, at `offset`; nil where they are not all in the buffer, or where it is
    /// more than an `Int` holds.
    func number(at offset: Int, _ size: Int, _ order: ByteOrder = .big) -> Int? {
        guard offset >= 0, size <= count, offset <= count - size else { return nil }
        var value: UInt64 = 0
        for index in 0..<size {
            let place = order == .big ? index : size - 1 - index
            value = value << 8 | UInt64(self[offset + place])
        }
        return Int(exactly: value)
    }

    func holds(_ text: StaticString, at offset: Int) -> Bool {
        let size = text.utf8CodeUnitCount
        guard offset >= 0, size <= count, offset <= count - size else { return false }
        return (0..<size).allSatisfy { self[offset + $0] == text.utf8Start[$0] }
    }
}

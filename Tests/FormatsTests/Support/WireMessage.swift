import Foundation

/// A Protocol Buffers message taken apart by its wire format alone, so that a wrong field number in our own descriptions shows.
struct WireMessage {
    enum Value {
        case integer(UInt64)
        case bytes(Data)
        case fixed(Data)
    }

    private(set) var fields: [(number: Int, value: Value)] = []

    /// Nil where it is cut off or of another kind.
    init?(_ data: Data) {
        var rest = data[...]
        func varint() -> UInt64? {
            var (value, shift): (UInt64, UInt64) = (0, 0)
            while let byte = rest.popFirst(), shift < 64 {
                value |= UInt64(byte & 0x7F) << shift
                if byte & 0x80 == 0 { return value }
                shift += 7
            }
            return nil
        }
        while !rest.isEmpty {
            guard let key = varint() else { return nil }
            let number = Int(key >> 3)
            switch key & 7 {
            case 0:
                guard let value = varint() else { return nil }
                fields.append((number, .integer(value)))
            case 2:
                guard let length = varint(), length <= rest.count else { return nil }
                fields.append((number, .bytes(Data(rest.prefix(Int(length))))))
                rest = rest.dropFirst(Int(length))
            case let kind where kind == 1 || kind == 5:
                let length = kind == 1 ? 8 : 4
                guard rest.count >= length else { return nil }
                fields.append((number, .fixed(Data(rest.prefix(length)))))
                rest = rest.dropFirst(length)
            default: return nil
            }
        }
    }

    func all(_ number: Int) -> [Data] {
        fields.compactMap { field in
            if field.number == number, case .bytes(let data) = field.value { data } else { nil }
        }
    }

    func data(_ number: Int) -> Data { all(number).last ?? Data() }
    func texts(_ number: Int) -> [String] { all(number).map { String(decoding: $0, as: UTF8.self) } }
    func text(_ number: Int) -> String { texts(number).last ?? "" }
    func messages(_ number: Int) -> [WireMessage] { all(number).compactMap(WireMessage.init) }
    func message(_ number: Int) -> WireMessage { messages(number).last ?? WireMessage(Data())! }

    /// One after the other, or packed.
    func integers(_ number: Int) -> [Int] {
        fields.flatMap { field -> [Int] in
            guard field.number == number else { return [] }
            switch field.value {
            case .integer(let value): return [Int(truncatingIfNeeded: value)]
            case .fixed: return []
            case .bytes(let packed):
                var (values, value, shift): ([Int], UInt64, UInt64) = ([], 0, 0)
                for byte in packed {
                    value |= UInt64(byte & 0x7F) << shift
                    shift += 7
                    if byte & 0x80 == 0 {
                        values.append(Int(truncatingIfNeeded: value))
                        (value, shift) = (0, 0)
                    }
                }
                return values
            }
        }
    }
}

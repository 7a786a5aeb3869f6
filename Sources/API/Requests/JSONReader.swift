import Foundation
import HTTP

/// Reads JSON (RFC 8259) in one pass, to the letter: no trailing commas, no name twice, nothing behind the value. What is too
/// much is refused where it begins to be, before there is memory for it.
struct JSONReader {
    /// What clients may put into a body.
    struct Limits: Sendable {
        /// Of a list.
        var elements = 1000
        /// What the elements of the longest list are, for people.
        var what = "elements of a list"
        /// Of an object, whatever a list may hold.
        var fields = 1000
        var depth = 64
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private let limits: Limits
    private var position = 0

    /// - Throws: `Problem`: 400 for what is no JSON, 413 for too much of it.
    static func read(_ bytes: [UInt8], _ limits: Limits = Limits()) throws(Problem) -> JSONValue {
        try bytes.withUnsafeBufferPointer { (buffer) throws(Problem) in
            var reader = JSONReader(bytes: buffer, limits: limits)
            let value = try reader.value(depth: 0)
            reader.skipBlanks()
            guard reader.position == buffer.count else { throw reader.fault("something follows the value") }
            return value
        }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, limits: Limits) {
        self.bytes = bytes
        self.limits = limits
    }

    private func fault(_ what: String) -> Problem {
        Problem(.badRequest, "The body is no valid JSON: \(what) at byte \(position).")
    }

    private var tooMany: Problem {
        Problem(.contentTooLarge, "There are too many \(limits.what); at most \(limits.elements) are taken.")
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(Problem) -> JSONValue {
        guard depth <= limits.depth else { throw fault("it is nested in more than \(limits.depth) levels") }
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw fault("it ends early")
        case let byte? where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte): return try number()
        default: throw fault("there is no value")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(Problem) -> JSONValue {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count,
            memcmp(bytes.baseAddress! + position, word.utf8Start, word.utf8CodeUnitCount) == 0
        else { throw fault("there is no value") }
        position = end
        return value
    }

    private mutating func array(depth: Int) throws(Problem) -> [JSONValue] {
        position += 1
        var values: [JSONValue] = []
        if skip("]") { return values }
        repeat {
            guard values.count < limits.elements else { throw tooMany }
            values.append(try value(depth: depth + 1))
        } while skip(",")
        guard skip("]") else { throw fault("a list has no ',' or ']'") }
        return values
    }

    private mutating func object(depth: Int) throws(Problem) -> [String: JSONValue] {
        position += 1
        var fields: [String: JSONValue] = [:]
        if skip("}") { return fields }
        repeat {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw fault("an object has no name") }
            let name = try string()
            guard skip(":") else { throw fault("a name has no ':'") }
            guard fields.count < limits.fields else {
                throw Problem(
                    .contentTooLarge, "An object has too many fields; at most \(limits.fields) are taken.")
            }
            let value = try value(depth: depth + 1)
            guard fields.updateValue(value, forKey: name) == nil else {
                throw fault("the name '\(name.prefix(100))' stands there twice")
            }
        } while skip(",")
        guard skip("}") else { throw fault("an object has no ',' or '}'") }
        return fields
    }

    private mutating func number() throws(Problem) -> JSONValue {
        let start = position
        func digits() -> Bool {
            let first = position
            while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
            return position > first
        }
        if next == UInt8(ascii: "-") { position += 1 }
        let leadsWithZero = next == UInt8(ascii: "0")
        let whole = position
        guard digits(), !leadsWithZero || position == whole + 1 else { throw fault("there is no number") }
        var isWhole = true
        if next == UInt8(ascii: ".") {
            (isWhole, position) = (false, position + 1)
            guard digits() else { throw fault("there is no number") }
        }
        if let byte = next, byte | 0x20 == UInt8(ascii: "e") {
            (isWhole, position) = (false, position + 1)
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            guard digits() else { throw fault("there is no number") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw fault("a number is too large") }
        return .number(number)
    }

    private mutating func string() throws(Problem) -> String {
        position += 1
        let start = position
        var hasEscapes = false
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw fault("a string holds a control character") }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                position += 1
            }
            position += 1
        }
        guard position < bytes.count else { throw fault("a string has no end") }
        let content = bytes[start..<position]
        guard let text = hasEscapes ? Self.unescape(content) : String(validating: content, as: UTF8.self) else {
            throw fault("a string is no UTF-8, or has a wrong escape,")
        }
        position += 1
        return text
    }

    /// - Returns: nil for an escape that is none, half a surrogate pair, and what is no UTF-8.
    private static func unescape(_ content: Slice<UnsafeBufferPointer<UInt8>>) -> String? {
        var result: [UInt8] = []
        result.reserveCapacity(content.count)
        var rest = content
        func unit() -> UInt16? {
            let digits = rest.prefix(4)
            guard digits.count == 4, digits.allSatisfy({ ($0 & 0x80 == 0) && Character(Unicode.Scalar($0)).isHexDigit })
            else { return nil }
            rest = rest.dropFirst(4)
            return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        }
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "u"):
                guard var units = unit().map({ [$0] }) else { return nil }
                if UTF16.isLeadSurrogate(units[0]) {
                    guard rest.starts(with: "\\u".utf8) else { return nil }
                    rest = rest.dropFirst(2)
                    guard let second = unit() else { return nil }
                    units.append(second)
                }
                guard let text = String(validating: units, as: UTF16.self) else { return nil }
                result += text.utf8
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case let byte? where byte == 0x22 || byte == 0x5C || byte == 0x2F: result.append(byte)
            default: return nil
            }
        }
        return String(validating: result, as: UTF8.self)
    }
}

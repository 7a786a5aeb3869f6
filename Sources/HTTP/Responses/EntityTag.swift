/// Entity tags (RFC 9110, 8.8.3), as they stand in fields: with quotes, and `W/` before a weak one.
public enum EntityTag {
    /// Whether `If-None-Match` (by weak comparison) or `If-Match` (by strong comparison) names the tag.
    public static func isNamed(_ tag: String, in field: String, strongly: Bool) -> Bool {
        if field.trimmingBlanks == "*" { return true }
        return list(field).contains { strongly ? $0 == tag && !tag.hasPrefix("W/") : strong($0) == strong(tag) }
    }

    /// Tags may hold commas, so the quotes are counted.
    private static func list(_ field: String) -> [String] {
        var (tags, current, isQuoted): ([String], String, Bool) = ([], "", false)
        for character in field {
            if character == "\"" { isQuoted.toggle() }
            if character == ",", !isQuoted {
                tags.append(String(current.trimmingBlanks))
                current = ""
            } else {
                current.append(character)
            }
        }
        return tags + [String(current.trimmingBlanks)]
    }

    private static func strong(_ tag: String) -> Substring { tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...] }
}

/// `Range: bytes=…` (RFC 9110, 14.1.2).
enum ByteRange: Equatable {
    /// There is none, or one that is not understood, or several: the whole is sent, as every server may.
    case whole
    case part(Range<Int>)
    case unsatisfiable

    init(_ field: String?, length: Int) {
        guard let field, field.lowercased().hasPrefix("bytes=") else {
            self = .whole
            return
        }
        let parts = field.dropFirst(6).trimmingBlanks.split(separator: "-", omittingEmptySubsequences: false)
        func number(_ text: Substring) -> Int? {
            // What is too large for a number is beyond the end all the same.
            guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return Int(text) ?? .max
        }
        guard parts.count == 2 else {
            self = .whole
            return
        }
        switch (number(parts[0]), number(parts[1])) {
        case (let first?, nil) where parts[1].isEmpty:
            self = first < length ? .part(first..<length) : .unsatisfiable
        case (let first?, let last?) where first <= last:
            self = first < length ? .part(first..<min(last, length - 1) + 1) : .unsatisfiable
        case (nil, let suffix?) where parts[0].isEmpty:
            self = suffix > 0 && length > 0 ? .part(max(0, length - suffix)..<length) : .unsatisfiable
        default: self = .whole
        }
    }
}

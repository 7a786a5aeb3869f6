import Foundation

/// The name of a class, kept exactly as it came: any Unicode, 1 to 200 bytes of UTF-8.
///
/// Compared by bytes: Swift's strings take the spellings (normalisation forms) of one text for equal, and file systems and
/// other programs do not.
public struct Label: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public let text: String

    public static let maximumBytes = 200

    /// - Throws: `RegraftError` (`invalid_label`).
    public init(_ text: String) throws(RegraftError) {
        let count = text.utf8.count
        guard count > 0 else { throw RegraftError("invalid_label", "A label must not be empty.") }
        guard count <= Self.maximumBytes else {
            throw RegraftError(
                "invalid_label",
                "A label has at most \(Self.maximumBytes) bytes of UTF-8; this one has \(count): '\(text.prefix(40))…'."
            )
        }
        guard !text.utf8.contains(0) else {
            throw RegraftError("invalid_label", "A label must not hold a NUL character.")
        }
        self.text = text
    }

    /// For labels that were checked when they were stored.
    package init(trusted text: String) { self.text = text }

    public static func == (left: Label, right: Label) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }

    public static func < (left: Label, right: Label) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public var description: String { text }
}

import Foundation

/// What users call a dataset, a model or an alias: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
///
/// Such names are lower and upper case sensitive, and lie in the catalog only, never in a path of the file system.
public struct ResourceName: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public let text: String

    /// - Parameter kind: what the error calls it: "dataset", "model", "alias".
    /// - Throws: `RegraftError` (`invalid_name`).
    public init(_ text: String, kind: String) throws(RegraftError) {
        let rest = text.utf8.dropFirst().allSatisfy { Self.isAlphanumeric($0) || "._-".utf8.contains($0) }
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first, Self.isAlphanumeric(first), rest else {
            throw RegraftError(
                "invalid_name",
                "'\(text.prefix(80))' is no name for \(kind == "alias" ? "an" : "a") \(kind): it takes 1 to 64 of A-Z a-z 0-9 . _ - and begins with a letter or "
                    + "a digit.")
        }
        self.text = text
    }

    /// For names that were checked when they were stored.
    package init(trusted text: String) { self.text = text }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self), kind: "resource")
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public static func < (left: ResourceName, right: ResourceName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    public var description: String { text }
}

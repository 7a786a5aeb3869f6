/// The SHA-256 (FIPS 180-4) of a photo's bytes as they were uploaded: what "the same photo" means everywhere.
public struct PhotoDigest: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// 32 bytes.
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
        precondition(bytes.count == 32, "a SHA-256 has 32 bytes")
        self.bytes = bytes
    }

    public static func < (left: PhotoDigest, right: PhotoDigest) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// 64 hexadecimal digits, lower case.
    public var description: String { bytes.hexadecimal }
}

extension Sequence<UInt8> {
    /// Two lower-case hexadecimal digits a byte.
    public var hexadecimal: String {
        var text = ""
        for byte in self {
            if byte < 16 { text += "0" }
            text += String(byte, radix: 16)
        }
        return text
    }
}

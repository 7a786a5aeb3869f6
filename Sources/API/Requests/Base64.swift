import Foundation

/// Base64 of RFC 4648, section 4, in lines or not.
enum Base64 {
    /// What is no base64 is not passed over: letters of the URL-safe alphabet left out would make another picture.
    /// - Returns: nil also where there is nothing.
    static func decode(_ text: some Sequence<UInt8>) -> Data? {
        let bytes = Data(text)
        let compact = bytes.contains(where: isBlank) ? bytes.filter { !isBlank($0) } : bytes
        return compact.isEmpty ? nil : Data(base64Encoded: compact)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x0A, 0x0D, 0x09].contains(byte) }
}

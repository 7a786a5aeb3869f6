import Glibc

/// Addresses as texts: only whether they are right, and what they mean for who can connect.
enum NetworkText {
    /// 4 or 16 bytes; nil for what is no IP address. IPv6 may stand in brackets.
    private static func bytes(_ text: String) -> [UInt8]? {
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        var bytes = [UInt8](repeating: 0, count: 16)
        if bare == text, inet_pton(AF_INET, bare, &bytes) == 1 { return Array(bytes[..<4]) }
        return inet_pton(AF_INET6, bare, &bytes) == 1 ? bytes : nil
    }

    static func isAddress(_ text: String) -> Bool { bytes(text) != nil }

    /// An address, or one with the length of a prefix (RFC 4632).
    static func isRange(_ text: String) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard !text.hasPrefix("["), let address = bytes(parts[0]) else { return false }
        guard parts.count == 2 else { return true }
        return wholeNumber(parts[1]).map { (0...address.count * 8).contains($0) } ?? false
    }

    /// 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104 and localhost: nobody on another machine can connect.
    static func isLoopback(_ host: String) -> Bool {
        guard let bytes = bytes(host) else { return host == "localhost" }
        if bytes.count == 4 { return bytes[0] == 127 }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? bytes[12] == 127 : bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
    }
}

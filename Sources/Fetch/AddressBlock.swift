/// A block of addresses in CIDR notation (RFC 4632): `10.0.0.0/8`, `2001:db8::/32`, or a single address.
public struct AddressBlock: Sendable, Hashable {
    private let first: PeerAddress
    /// How many of an address's last bits are free.
    private let freeBits: Int

    /// Nil for what is no block. Bits behind the prefix are ignored.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = PeerAddress(String(parts[0])) else { return nil }
        let bits = first.isIPv4 ? 32 : 128
        var prefix = bits
        if parts.count == 2 {
            // `Int` would take "+8" too.
            guard parts[1].allSatisfy(\.isASCIIDigit), let length = Int(parts[1]), length <= bits else { return nil }
            prefix = length
        }
        self.first = first
        freeBits = bits - prefix
    }

    /// IPv4 blocks hold IPv4 addresses only, also those mapped into IPv6; `::/0` holds none of them.
    func contains(_ address: PeerAddress) -> Bool {
        // A shift by all 128 bits gives 0 in Swift.
        address.isIPv4 == first.isIPv4 && address.value >> freeBits == first.value >> freeBits
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}

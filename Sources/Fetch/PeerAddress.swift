import Glibc

/// The IPv4 or IPv6 address at the other end of a connection, as a number.
///
/// An IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`, RFC 4291, 2.5.5.2) is the IPv4 one: the system connects to that.
package struct PeerAddress: Sendable, Hashable {
    /// IPv4 in the low 32 bits.
    package let value: UInt128
    package let isIPv4: Bool

    package init(ipv4 value: UInt32) {
        self.value = UInt128(value)
        isIPv4 = true
    }

    package init(ipv6 value: UInt128) {
        isIPv4 = value >> 32 == 0xFFFF
        self.value = isIPv4 ? value & 0xFFFF_FFFF : value
    }

    /// From `192.0.2.1` or `2001:db8::1`, as `inet_pton` reads them; nil for anything else.
    package init?(_ text: String) {
        var ipv4 = in_addr()
        var ipv6 = in6_addr()
        if inet_pton(AF_INET, text, &ipv4) == 1 {
            self.init(ipv4: UInt32(bigEndian: ipv4.s_addr))
        } else if inet_pton(AF_INET6, text, &ipv6) == 1 {
            self.init(ipv6: Self.number(ipv6))
        } else {
            return nil
        }
    }

    /// Nil for what is neither IPv4 nor IPv6, as a Unix socket.
    /// - Parameter system: a `sockaddr` and what belongs to it.
    package init?(system: UnsafeRawBufferPointer) {
        guard system.count >= MemoryLayout<sa_family_t>.size else { return nil }
        switch Int32(system.loadUnaligned(as: sa_family_t.self)) {
        case AF_INET where system.count >= MemoryLayout<sockaddr_in>.size:
            self.init(ipv4: UInt32(bigEndian: system.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr))
        case AF_INET6 where system.count >= MemoryLayout<sockaddr_in6>.size:
            self.init(ipv6: Self.number(system.loadUnaligned(as: sockaddr_in6.self).sin6_addr))
        default:
            return nil
        }
    }

    private static func number(_ address: in6_addr) -> UInt128 {
        withUnsafeBytes(of: address) { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) }
    }

    /// The IPv4 address that a translator sends this one's packets to (64:ff9b::/96, RFC 6052).
    var translated: PeerAddress? {
        guard !isIPv4, value >> 32 == 0x64_FF9B << 64 else { return nil }
        return PeerAddress(ipv4: UInt32(truncatingIfNeeded: value))
    }
}

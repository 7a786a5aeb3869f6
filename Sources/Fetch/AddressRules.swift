/// Which addresses an import may connect to: public ones, and those of an allow list.
///
/// Whoever may import by URL would otherwise reach what only this machine can: services on loopback, the local network, a
/// cloud's metadata service. What counts is the address that is connected to, after every spelling, alias and redirect.
///
/// Blocks: IANA's registries of special-purpose addresses
/// (iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry) and of multicast. Stricter than these:
/// what translates to or tunnels IPv4 is refused even where a registry calls it reachable, unless the IPv4 address is seen.
package struct AddressRules: Sendable {
    let allowed: [AddressBlock]

    package init(allowing allowed: [AddressBlock] = []) { self.allowed = allowed }

    /// What kind of address this is where it may not be connected to, as "a loopback address"; nil where it may.
    package func refusal(of address: PeerAddress) -> String? {
        allowed.contains { $0.contains(address) } ? nil : Self.kind(ofSpecial: address)
    }

    private static func kind(ofSpecial address: PeerAddress) -> String? {
        if address.isIPv4 { return ipv4.first { $0.block.contains(address) }?.kind }
        // A network with IPv6 only reaches every public IPv4 host so. The allow list does not count: what it allows here
        // is another host there.
        if let translated = address.translated { return kind(ofSpecial: translated) }
        if let special = ipv6.first(where: { $0.block.contains(address) }) { return special.kind }
        // All unicast addresses given out so far are in here.
        return globalUnicast.contains(address) ? nil : "an address that is not public"
    }

    private struct Special {
        let block: AddressBlock
        let kind: String

        init(_ block: AddressBlock, _ kind: String) {
            self.block = block
            self.kind = kind
        }
    }

    private static let globalUnicast = block("2000::/3")

    private static func block(_ text: String) -> AddressBlock {
        guard let block = AddressBlock(text) else { preconditionFailure("\(text) is no block") }
        return block
    }

    private static let ipv4: [Special] = [
        Special(block("0.0.0.0/8"), "an address of this machine itself"),
        Special(block("10.0.0.0/8"), "a private network's address"),
        Special(block("100.64.0.0/10"), "a provider's internal address"),
        Special(block("127.0.0.0/8"), "a loopback address"),
        // The metadata services of most clouds among them.
        Special(block("169.254.0.0/16"), "a link-local address"),
        Special(block("172.16.0.0/12"), "a private network's address"),
        Special(block("192.0.0.0/24"), "an address reserved for protocols"),
        Special(block("192.0.2.0/24"), "an address for documentation"),
        Special(block("192.88.99.0/24"), "an address of a tunnel"),
        Special(block("192.168.0.0/16"), "a private network's address"),
        Special(block("198.18.0.0/15"), "an address for benchmarks"),
        Special(block("198.51.100.0/24"), "an address for documentation"),
        Special(block("203.0.113.0/24"), "an address for documentation"),
        Special(block("224.0.0.0/4"), "a multicast address"),
        // Broadcast among them.
        Special(block("240.0.0.0/4"), "a reserved address"),
        // In no registry: Azure answers here, inside each of its machines, with that machine's configuration.
        Special(block("168.63.129.16"), "a cloud's internal address"),
    ]

    private static let ipv6: [Special] = [
        Special(block("::1"), "a loopback address"),
        Special(block("::"), "an address of this machine itself"),
        Special(block("::/96"), "an IPv4 address in disguise"),
        Special(block("64:ff9b:1::/48"), "an address of a local translator"),
        Special(block("100::/64"), "an address that discards everything"),
        Special(block("2001::/32"), "an address of a tunnel"),
        Special(block("2001::/23"), "an address reserved for protocols"),
        Special(block("2001:db8::/32"), "an address for documentation"),
        Special(block("2002::/16"), "an address of a tunnel"),
        Special(block("3fff::/20"), "an address for documentation"),
        Special(block("5f00::/16"), "an address for segment routing"),
        Special(block("fc00::/7"), "a private network's address"),
        Special(block("fe80::/10"), "a link-local address"),
        Special(block("fec0::/10"), "a private network's address"),
        Special(block("ff00::/8"), "a multicast address"),
    ]
}

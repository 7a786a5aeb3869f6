import Testing

import Fetch

struct AddressRulesTests {
    // By scripts/golden_addresses.py: the addresses at and beside the edges of the blocks that Python's ipaddress module
    // takes from IANA's registries, and what `is_global`, `is_multicast` and `is_reserved` say of them.
    private static let publicByPython = """
        1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
        169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.0.8 192.0.0.169 192.0.0.172 192.0.1.255
        192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255
        203.0.114.0 223.255.255.255 2000:: 2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001:200::
        2001:db7:ffff:ffff:ffff:ffff:ffff:ffff 2001:db9:: 3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fec0::
        feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
        """
    private static let notPublicByPython = """
        0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.0 127.255.255.255
        169.254.0.0 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.7 192.0.0.170 192.0.0.171
        192.0.2.0 192.0.2.255 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.0 198.51.100.255
        203.0.113.0 203.0.113.255 224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.254 255.255.255.255 :: ::1 ::2
        ::fffe:ffff:ffff ::ffff:0:0 ::ffff:ffff:ffff ::1:0:0:0 ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 100::
        100::ffff:ffff:ffff:ffff 100:0:0:1:: 1ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 200::
        3ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 400:: 7ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 800::
        fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 1000:: 1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001::
        2001:1:ffff:ffff:ffff:ffff:ffff:ffff 2001:2:: 2001:2:0:ffff:ffff:ffff:ffff:ffff 2001:2:1::
        2001:f:ffff:ffff:ffff:ffff:ffff:ffff 2001:10:: 2001:1f:ffff:ffff:ffff:ffff:ffff:ffff 2001:20::
        2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff 2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 4000::
        5fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 6000:: 7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 8000::
        9fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff a000:: bfff:ffff:ffff:ffff:ffff:ffff:ffff:ffff c000::
        dfff:ffff:ffff:ffff:ffff:ffff:ffff:ffff e000:: efff:ffff:ffff:ffff:ffff:ffff:ffff:ffff f000::
        f7ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff f800:: fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fc00::
        fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fe00:: fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff fe80::
        febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff ff00:: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
        """

    /// Python counts the single addresses in 192.0.0.0/24 one by one, and site-local ones, which no one has, as public.
    private static let stricter: Set<Substring> = [
        "192.0.0.8", "192.0.0.169", "192.0.0.172", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ]

    private static func refusal(_ text: some StringProtocol, allowing allowed: [String] = []) throws -> String? {
        let rules = AddressRules(allowing: try allowed.map { try #require(AddressBlock($0)) })
        return rules.refusal(of: try #require(PeerAddress(String(text)), "\(text)"))
    }

    @Test func agreesWithPython() throws {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\n" }
        for text in Self.publicByPython.split(whereSeparator: isSpace) {
            #expect((try Self.refusal(text) == nil) != Self.stricter.contains(text), "\(text)")
        }
        let others = Self.notPublicByPython.split(whereSeparator: isSpace)
        #expect(others.count > 80)
        for text in others { #expect(try Self.refusal(text) != nil, "\(text)") }
    }

    // A block each, its first and last address; from IANA's registries of special-purpose IPv4 and IPv6 addresses, and
    // RFC 4291 and RFC 3879 (site-local), RFC 7526 (6to4), RFC 4380 (Teredo), RFC 9637 (documentation).
    @Test(arguments: [
        ("0.0.0.0", "0.255.255.255", "this machine"), ("10.0.0.0", "10.255.255.255", "private"),
        ("100.64.0.0", "100.127.255.255", "provider"), ("127.0.0.0", "127.255.255.255", "loopback"),
        ("169.254.0.0", "169.254.255.255", "link-local"), ("172.16.0.0", "172.31.255.255", "private"),
        ("192.0.0.0", "192.0.0.255", "protocols"), ("192.0.2.0", "192.0.2.255", "documentation"),
        ("192.88.99.0", "192.88.99.255", "tunnel"), ("192.168.0.0", "192.168.255.255", "private"),
        ("198.18.0.0", "198.19.255.255", "benchmarks"), ("198.51.100.0", "198.51.100.255", "documentation"),
        ("203.0.113.0", "203.0.113.255", "documentation"), ("224.0.0.0", "239.255.255.255", "multicast"),
        ("240.0.0.0", "255.255.255.255", "reserved"), ("168.63.129.16", "168.63.129.16", "cloud"),
        ("::1", "::1", "loopback"), ("::", "::", "this machine"), ("::0.0.0.2", "::255.255.255.255", "disguise"),
        ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "translator"),
        ("100::", "100::ffff:ffff:ffff:ffff", "discards"),
        ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "tunnel"),
        ("2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "protocols"),
        ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"),
        ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "tunnel"),
        ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"),
        ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "private"),
        ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local"),
        ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "private"),
        ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"), ("4000::", "5eff::", "not public"),
        // Clouds' metadata services.
        ("169.254.169.254", "169.254.170.2", "link-local"), ("fd00:ec2::254", "fd20:ce::254", "private"),
        ("100.100.100.200", "100.100.100.200", "provider"),
        // IPv4 in IPv6: mapped, and through NAT64.
        ("::ffff:127.0.0.1", "::ffff:7f00:1", "loopback"), ("::ffff:10.0.0.1", "::ffff:10.0.0.2", "private"),
        ("64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "loopback"), ("64:ff9b::a00:1", "64:ff9b::10.9.8.7", "private"),
    ])
    func refusesBlock(_ first: String, _ last: String, _ kind: String) throws {
        for address in [first, last] {
            #expect(try Self.refusal(address)?.contains(kind) == true, "\(address)")
        }
    }

    // Names' servers and others that are surely public.
    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "9.9.9.9", "151.101.1.69", "168.63.129.15", "168.63.129.17", "2606:4700:4700::1111",
        "2001:4860:4860::8888", "2620:fe::fe", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2a00:1450:4001:81b::200e",
    ])
    func allowsPublic(_ address: String) throws { #expect(try Self.refusal(address) == nil) }

    @Test(arguments: [
        (["127.0.0.1"], "127.0.0.1", true), (["127.0.0.1"], "127.0.0.2", false), (["127.0.0.1"], "10.0.0.1", false),
        (["10.20.0.0/16"], "10.20.255.255", true), (["10.20.0.0/16"], "10.21.0.0", false), (["::1"], "::1", true),
        (["::1"], "127.0.0.1", false), (["127.0.0.0/8"], "::ffff:127.0.0.1", true),
        (["127.0.0.0/8"], "64:ff9b::127.0.0.1", false), (["64:ff9b::/96"], "64:ff9b::127.0.0.1", true),
        (["fd00:1::/32"], "fd00:1:ffff::1", true),
        (["fd00:1::/32"], "fd00:2::1", false), (["::/0"], "10.0.0.1", false), (["0.0.0.0/0"], "10.0.0.1", true),
        (["0.0.0.0/0"], "::1", false), (["::/0"], "fe80::1", true),
        (["8.8.8.8", "192.168.0.0/24"], "192.168.0.9", true),
    ])
    func allowList(_ allowed: [String], _ address: String, _ isAllowed: Bool) throws {
        #expect((try Self.refusal(address, allowing: allowed) == nil) == isAllowed)
    }

    @Test(arguments: [
        "", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0/8", "::/129", "x", "10.0.0.0/8/8", "10.0.0.0/",
        "10.0.0.0/ 8", "0x7f.1", "010.0.0.1", "[::1]", "fe80::1%eth0", "10.0.0.0/٨",
    ])
    func noBlock(_ text: String) { #expect(AddressBlock(text) == nil) }

    @Test func refusesOtherFamilies() {
        for system in [[1, 0] + [UInt8](repeating: 0, count: 108), [2, 0, 0, 80], []] as [[UInt8]] {
            #expect(system.withUnsafeBytes { PeerAddress(system: $0) } == nil)
        }
    }
}

import HTTP
import HTTPTestSupport
import Testing

struct AddressTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "10.1.2.4", false), ("0.0.0.0/0", "1.2.3.4", true), ("192.168.1.128/25", "192.168.1.127", false),
        ("192.168.1.128/25", "192.168.1.200", true), ("2001:db8::/32", "2001:db8:1::1", true),
        ("2001:db8::/32", "2001:db9::1", false), ("10.0.0.0/8", "::ffff:10.0.0.1", true), ("::/0", "10.0.0.1", false),
    ])
    func ranges(_ range: String, _ address: String, _ isInside: Bool) {
        #expect(AddressRange(range)?.contains(IPAddress(address)!) == isInside)
    }

    @Test(arguments: ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "::/129", "x", "10.0.0.0/8/8", "10.0.0.0/"])
    func noRanges(_ text: String) { #expect(AddressRange(text) == nil) }

    @Test func spelling() {
        #expect(SocketAddress(host: "[2001:DB8:0::1]", port: 80)?.description == "[2001:db8::1]:80")
        #expect(SocketAddress(host: "127.0.0.1", port: 80)?.description == "127.0.0.1:80")
        #expect(SocketAddress(host: "example.org", port: 80) == nil)
        #expect(IPAddress("::ffff:192.0.2.1") == IPAddress("192.0.2.1"))
        #expect(IPAddress("127.9.9.9")?.isLoopback == true && IPAddress("::1")?.isLoopback == true)
    }

    // The address is the socket's; only trusted proxies are believed, and only as far as trust reaches.
    @Test(arguments: [
        ([], "1.2.3.4", "127.0.0.1"), (["127.0.0.1"], "1.2.3.4", "1.2.3.4"),
        (["127.0.0.1"], "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (["127.0.0.1", "10.0.0.0/8"], "6.6.6.6, 1.2.3.4, 10.1.1.1", "1.2.3.4"),
        (["127.0.0.1"], "1.2.3.4, nonsense", "127.0.0.1"), (["127.0.0.1"], "", "127.0.0.1"),
        (["127.0.0.1"], "[2001:db8::1]", "2001:db8::1"), (["127.0.0.0/8"], "127.0.0.2, 127.0.0.3", "127.0.0.2"),
        (["10.0.0.0/8"], "1.2.3.4", "127.0.0.1"),
    ])
    func clients(_ trusted: [String], _ forwarded: String, _ client: String) async throws {
        try await RunningServer.with(
            configure: { $0.trustedProxies = trusted.map { AddressRange($0)! } },
            routes: { router in
                router.get("/client") { .text($0.client?.description ?? "nil") }
            }
        ) { server async throws in
            let fields = forwarded.isEmpty ? [] : ["X-Forwarded-For: \(forwarded)"]
            #expect(try await server.ask("GET /client", fields).body == client)
        }
    }
}

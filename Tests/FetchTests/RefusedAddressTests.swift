import Fetch
import Testing

/// Nothing is connected to that the rules refuse, however it is spelled, and whoever names it.
struct RefusedAddressTests {
    @Test(arguments: [
        "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "localhost", "LOCALHOST",
        "localhost.",
        "foo.localhost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "0", "[::]", "[::1]", "127.255.255.254",
        "[::127.0.0.1]", "127.0.0.1.", "１２７.0.0.1",
    ])
    func spellings(_ host: String) async throws {
        let server = try TinyServer("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
        let download = try await Download.of(server, host: host, allowing: [])
        let error = try #require(download.error)
        // Some systems know no names below localhost, and not all read these spellings as addresses.
        let isSpelling = host.contains { $0.isLetter || !$0.isASCII } || host.hasSuffix(".")
        #expect(error.code == .addressRefused || (isSpelling && [.connectionFailed, .invalidURL].contains(error.code)))
        #expect(download.body.isEmpty && server.requests.isEmpty)
    }

    // The codes that the table above leaves open.
    @Test(arguments: ["0x7f.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
    func spellingsThatAreRefusedAsAddresses(_ host: String) async throws {
        let error = try await Download.of("http://\(host)/", allowing: []).error
        #expect(error?.code == .addressRefused && error?.message.contains("loopback") == true)
    }

    @Test(arguments: [
        "10.0.0.1", "192.168.0.1", "169.254.169.254", "[fe80::1]", "[fe80::1%25lo]", "[fd00:ec2::254]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]", "255.255.255.255", "224.0.0.1", "100.100.100.200",
    ])
    func others(_ host: String) async throws {
        let error = try await Download.of("http://\(host)/", configure: { $0.connectTimeout = .seconds(2) }).error
        #expect(error?.code == .addressRefused)
    }

    // The allow list is of addresses, so it covers their names and spellings too.
    @Test(arguments: ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
    func allowed(_ host: String) async throws {
        let server = try TinyServer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
        #expect(try await Download.of(server, host: host).body == "abc")
        let refused = try await Download.of(server, host: host, allowing: ["127.0.0.2", "10.0.0.0/8"])
        #expect(refused.error?.code == .addressRefused && server.requests.count == 1)
    }

    @Test(arguments: ["file:///etc/passwd", "gopher://127.0.0.1/_x", "ftp://127.0.0.1/x", "dict://127.0.0.1/x"])
    func schemes(_ url: String) async throws {
        let download = try await Download.of(url)
        #expect(download.error?.code == .invalidURL && download.body.isEmpty)
    }

    // What a name resolves to is no one else's business.
    @Test func namesNoAddress() async throws {
        let error = try await Download.of("http://localhost/", allowing: []).error
        #expect(error?.message.contains("127.0.0.1") == false && error?.message.contains("localhost") == true)
    }
}

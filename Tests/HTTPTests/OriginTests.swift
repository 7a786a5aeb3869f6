import HTTP
import Testing

/// What browsers send for the pages of others.
struct OriginTests {
    private struct Case {
        let fields: [String]
        let status: Int

        init(_ fields: [String], _ status: Int) { (self.fields, self.status) = (fields, status) }
    }

    // RFC 6454, 7, and Fetch Metadata, 2.3. The request's own Host is x.
    private static let cases = [
        // No browser.
        Case([], 200),
        // The server's own page, by whatever scheme a proxy has.
        Case(["Origin: http://x"], 200), Case(["Origin: https://X"], 200), Case(["Origin: http://x:80"], 200),
        Case(["Origin: http://x", "Sec-Fetch-Site: same-origin"], 200), Case(["Sec-Fetch-Site: none"], 200),
        // One that is let, also on another site, and the server's name behind a proxy.
        Case(["Origin: https://app.example", "Sec-Fetch-Site: cross-site"], 200),
        Case(["Origin: https://public.example:8443"], 200),
        // Others.
        Case(["Origin: https://evil.example"], 403), Case(["Origin: http://x:8080"], 403),
        Case(["Origin: http://x.evil.example"], 403), Case(["Origin: null"], 403), Case(["Origin: x"], 403),
        Case(["Sec-Fetch-Site: cross-site"], 403), Case(["Sec-Fetch-Site: same-site"], 403),
        Case(["Origin: http://x", "Sec-Fetch-Site: cross-site"], 403),
        Case(["Origin: http://app.example"], 403),
    ]

    @Test func refusesWhatPagesOfOthersWouldChange() async throws {
        let middleware = CrossOriginMiddleware(
            origins: .listed(["https://app.example"]), ownHosts: ["Public.example"], advice: "See the_setting.")
        try await RunningServer.with(routes: { $0.add(middleware) }) { server async throws in
            for item in Self.cases {
                let response = try await server.ask("POST /echo", item.fields + ["Content-Length: 0"])
                #expect(response.status == item.status, "\(item.fields): \(response.body)")
                if item.status == 403 { #expect(response.body.contains("See the_setting."), "\(item.fields)") }
                // To look is no harm: without CORS the page cannot read the answer.
                #expect(try await server.ask("GET /", item.fields).status == 200, "\(item.fields)")
            }
            #expect(server.calls.all.filter { $0 == "/echo" }.count == Self.cases.filter { $0.status == 200 }.count)
        }
    }

    @Test func letsEveryPageWhereThatIsWanted() async throws {
        try await RunningServer.with(routes: { $0.add(CrossOriginMiddleware(origins: .any)) }) { server async throws in
            let response = try await server.ask("POST /echo", ["Origin: https://evil.example", "Content-Length: 0"])
            #expect(response.status == 200)
        }
    }

    // A name that leads to 127.0.0.1 is the page's, however it was made to lead there.
    @Test func answersToNamesOfThisMachineOnly() async throws {
        let names: [(String, Int)] = [
            ("localhost", 200), ("LOCALHOST:8080", 200), ("127.0.0.1", 200), ("127.9.9.9:1", 200), ("[::1]:8080", 200),
            ("[::1]", 200), ("regraft.example", 200), ("Regraft.Example:443", 200),
            ("evil.example", 421), ("localhost.evil.example", 421), ("127.0.0.1.evil.example", 421),
            ("192.0.2.1", 421), ("[2001:db8::1]:80", 421), ("0.0.0.0", 421), ("", 421), ("[::1].evil.example", 400),
        ]
        let middleware = HostMiddleware(allowed: ["regraft.example"], advice: "See the_setting.")
        try await RunningServer.with(routes: { $0.add(middleware) }) { server async throws in
            for (name, status) in names {
                let text = try await server.exchange("GET / HTTP/1.1\r\nHost: \(name)\r\nConnection: close\r\n\r\n")
                #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(name): \(text)")
                if status == 421 { #expect(text.contains("See the_setting."), "\(name)") }
            }
            // The target's authority is what counts (RFC 9112, 3.2.2).
            let absolute = "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            #expect(try await server.exchange(absolute).hasPrefix("HTTP/1.1 421 "))
        }
    }
}

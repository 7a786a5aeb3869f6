import Foundation
import HTTP
import HTTPTestSupport
import Testing

/// Answers that tell a person what to do.
struct MessageTests {
    @Test func saysHowToSendOtherLetters() async throws {
        try await RunningServer.with { server async throws in
            for target in ["/?label=é", "/é"] {
                let text = try await server.exchange("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(text.hasPrefix("HTTP/1.1 400 ") && text.contains("--data-urlencode"), "\(text)")
            }
        }
    }

    // RFC 9110, 15.5.16: the answer may say which codings are taken.
    @Test func takesNoCompressedBodies() async throws {
        try await RunningServer.with(routes: { $0.add(IdentityCodingMiddleware()) }) { server async throws in
            for coding in ["gzip", "br", "identity, gzip"] {
                let response = try await server.ask(
                    "POST /echo", ["Content-Encoding: \(coding)", "Content-Length: 3"], body: "abc")
                #expect(response.status == 415 && response.body.contains("only identity"), "\(coding)")
                #expect(response["accept-encoding"] == "identity")
            }
            let plain = try await server.ask(
                "POST /echo", ["Content-Encoding: Identity", "Content-Length: 3"], body: "abc")
            #expect(plain.body == "abc")
        }
    }

    @Test func saysWhereThingsAre() async throws {
        try await RunningServer.with(routes: { $0.advice = "See /all." }) { server async throws in
            let slash = try await server.ask("GET /second/")
            #expect(slash.status == 404 && slash.body.contains("without the slash") && slash.body.contains("See /all."))
            let nothing = try await server.ask("GET /third/")
            #expect(nothing.status == 404 && nothing.body.contains("See /all.") && !nothing.body.contains("slash"))
            // What curl -T does.
            let put = try await server.ask("PUT /echo", ["Content-Length: 3"], body: "abc")
            #expect(put.status == 405 && put.body.contains("POST") && put.body.contains("-X POST"))
            #expect(try await !server.ask("PUT /second", ["Content-Length: 0"]).body.contains("-X POST"))
        }
    }

    @Test func namesTheLimitOfConnections() async throws {
        try await RunningServer.with(configure: { $0.limits.connectionsPerPeer = 1 }) { server async throws in
            let first = try server.connect()
            try await server.eventually("it is connected") { server.server.connectionCount == 1 }
            let text = try await server.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(text.hasPrefix("HTTP/1.1 429 ") && text.contains("There are 1 connections"))
            #expect(text.contains("limits.connections_per_peer"))
            withExtendedLifetime(first) {}
        }
        try await RunningServer.with(configure: { $0.limits.connections = 0 }) { server async throws in
            let text = try await server.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(text.hasPrefix("HTTP/1.1 503 ") && text.contains("limits.connections)"))
        }
    }

    // However much is wrong.
    @Test func tellsTwentyMistakes() throws {
        for (count, shown) in [(20, 20), (21, 20), (51, 20)] {
            var problem = Problem(.badRequest, "Much is wrong.")
            problem.errors = (0..<count).map { Problem.Item(subject: "\($0)", detail: "It is wrong.") }
            guard case .bytes(let bytes) = problem.response(requestID: "a").body else { return }
            let document = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
            #expect((document["errors"] as? [Any])?.count == shown)
            let detail = try #require(document["detail"] as? String)
            #expect(detail.contains("and \(count - 20) more.") == (count > 20), "\(detail)")
        }
    }
}

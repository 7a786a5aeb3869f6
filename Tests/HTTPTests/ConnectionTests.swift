import Foundation
import HTTP
import HTTPTestSupport
import HTTPTypes
import Synchronization
import Testing

/// Requests on one connection: order, reuse, and where one ends.
struct ConnectionTests {
    private static let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    private static let getSecond = "GET /second HTTP/1.1\r\nHost: x\r\n\r\n"
    private static let close = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    @Test func answersInOrder() async throws {
        try await RunningServer.with(routes: { router in
            router.get("/slow") { _ in
                try await Task.sleep(for: .milliseconds(50))
                return .text("slow")
            }
        }) { server async throws in
            let text = try await server.exchange(
                "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n" + Self.getSecond
                    + "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                    + "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"
                    + Self.close)
            let responses = RawResponse.parse(text)
            #expect(responses.map(\.body) == ["slow", "second", "abc", "de", "Hello"])
            #expect(responses.map { $0["connection"] } == [nil, nil, nil, nil, "close"])
        }
    }

    // Whatever pieces the network makes of it.
    @Test(arguments: [1, 2, 3, 7, 50])
    func comesInPieces(size: Int) async throws {
        try await RunningServer.with { server async throws in
            let bytes = Array(
                ("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nabcde\r\n10\r\n0123456789abcdef\r\n0\r\n"
                    + "A: b\r\n\r\n" + Self.close).utf8)
            let client = try server.connect()
            for start in stride(from: 0, to: bytes.count, by: size) {
                try await client.send(Array(bytes[start..<min(start + size, bytes.count)]))
                if size < 5 { usleep(100) }
            }
            #expect(RawResponse.parse(try await client.receive()).map(\.body) == ["abcde0123456789abcdef", "Hello"])
        }
    }

    // A body that no handler reads is thrown away, and the connection goes on; or it is too long for that.
    @Test(arguments: [(100, true), (200_000, true), (300_000, false)])
    func unreadBodies(length: Int, isKept: Bool) async throws {
        try await RunningServer.with { server async throws in
            let body = String(repeating: "a", count: length)
            for framing in [
                "Content-Length: \(length)\r\n\r\n\(body)",
                "Transfer-Encoding: chunked\r\n\r\n\(String(length, radix: 16))\r\n\(body)\r\n0\r\n\r\n",
            ] {
                let text = try await server.exchange(
                    "POST /ignore HTTP/1.1\r\nHost: x\r\n\(framing)GET /second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                )
                #expect(RawResponse.parse(text).map(\.body) == (isKept ? ["ignored", "second"] : ["ignored"]))
            }
            #expect(server.calls.all.contains("/second") == isKept)
        }
    }

    // A refused body may hold something that looks like a request. It is never one.
    @Test func nothingBehindARefusedBodyIsExecuted() async throws {
        try await RunningServer.with(routes: { router in
            router.post("/small", bodyLimit: 10) { request in
                Response(body: .bytes(try await request.body.collect()))
            }
        }) { server async throws in
            for length in [11, 1_000_000] {
                let text = try await server.exchange(
                    "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\nExpect: 100-continue\r\n\r\n"
                        + Self.getSecond)
                #expect(RawResponse.parse(text).map(\.status) == [413])
            }
            #expect(!server.calls.all.contains("/second"))
        }
    }

    @Test func answers100WhenTheBodyIsWanted() async throws {
        try await RunningServer.with { server async throws in
            let client = try server.connect()
            try await client.send(
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-Continue\r\nConnection: close\r\n\r\n"
            )
            #expect(try await client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send("abc")
            #expect(RawResponse.parse(try await client.receive()).map(\.body) == ["abc"])
        }
    }

    // A handler that does not want it: no 100, the final answer, and the end, for the body may come or not.
    @Test func sparesTheBodyThatIsNotWanted() async throws {
        try await RunningServer.with { server async throws in
            for (path, status) in [("/ignore", 200), ("/nowhere", 404), ("/", 405)] {
                let text = try await server.exchange(
                    "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
                #expect(RawResponse.parse(text).map(\.status) == [status])
                #expect(RawResponse.parse(text).first?["connection"] == "close")
            }
        }
    }

    // Once the final answer has begun a 100 would be taken for a part of it.
    @Test func sends100OnlyBeforeTheAnswer() async throws {
        try await RunningServer.with(routes: { router in
            router.post("/talk") { request in
                Response(
                    body: .stream { writer in
                        try await writer.write("first ")
                        try await writer.write(try await request.body.collect())
                    })
            }
        }) { server async throws in
            let client = try server.connect()
            try await client.send(
                "POST /talk HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
            let begun = try await client.receive(until: "first ")
            try await client.send("then")
            let text = begun + (try await client.receive())
            #expect(RawResponse.parse(text).map(\.body) == ["first then"] && !text.contains("100 Continue"))
        }
    }

    // A client that does not wait for the 100, as it may.
    @Test func takesABodyThatCameUnasked() async throws {
        try await RunningServer.with { server async throws in
            let text = try await server.exchange(
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\nabc"
            )
            #expect(RawResponse.parse(text).last?.body == "abc")
        }
    }

    @Test func speaksHTTP10() async throws {
        try await RunningServer.with(routes: { router in
            router.get("/stream") { _ in
                Response(
                    body: .stream { writer in
                        try await writer.write("one ")
                        try await writer.write("two")
                    })
            }
        }) { server async throws in
            let plain = try await server.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(RawResponse.parse(plain).map(\.body) == ["Hello"])
            // No chunks for whom they did not exist.
            let stream = try await server.exchange("GET /stream HTTP/1.0\r\n\r\n")
            #expect(stream.hasSuffix("\r\n\r\none two") && !stream.contains("chunked"))
        }
    }

    // A client that has closed its side still gets its answers: all of them, also when its end has been seen already.
    @Test func answersWhoHasFinished() async throws {
        try await RunningServer.with(routes: { router in
            router.get("/patient") { request in
                while await !request.isAbandoned { try await Task.sleep(for: .milliseconds(10)) }
                return .text("patient")
            }
            router.get("/known") { request in
                while await !request.isAbandoned { try await Task.sleep(for: .milliseconds(10)) }
                return Response(body: .stream(length: 5) { try await $0.write("12345") })
            }
        }) { server async throws in
            let patient = "GET /patient HTTP/1.1\r\nHost: x\r\n\r\n"
            let text = try await server.exchange(patient, thenFinish: true)
            #expect(RawResponse.parse(text).map(\.body) == ["patient"])
            // A stream of known length is such an answer too; one without may be endless.
            let known = try await server.exchange("GET /known HTTP/1.1\r\nHost: x\r\n\r\n", thenFinish: true)
            #expect(RawResponse.parse(known).map(\.body) == ["12345"])
            let all = try await server.exchange(patient + Self.get + Self.getSecond, thenFinish: true)
            #expect(RawResponse.parse(all).map(\.body) == ["patient", "Hello", "second"])
        }
    }

    @Test func keepsConnections() async throws {
        try await RunningServer.with { server async throws in
            let client = try server.connect()
            for _ in 0..<100 {
                try await client.send(Self.get)
                #expect(try await client.receive(until: "Hello").hasPrefix("HTTP/1.1 200 OK\r\n"))
            }
            #expect(server.server.connectionCount == 1)
            client.finish()
            try await server.eventually("the connection is over") { server.server.connectionCount == 0 }
        }
    }

    @Test func answersHEADLikeGET() async throws {
        try await RunningServer.with(routes: { router in
            router.get("/stream") { _ in Response(body: .stream(length: 5) { try await $0.write("12345") }) }
        }) { server async throws in
            let head = try await server.ask("HEAD /")
            #expect(head.status == 200 && head["content-length"] == "5" && head.body.isEmpty)
            #expect(
                try await server.exchange("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").hasSuffix(
                    "\r\n\r\n"))
            #expect(try await server.ask("HEAD /stream")["content-length"] == "5")
        }
    }

    @Test func answersOPTIONSAnd405() async throws {
        try await RunningServer.with { server async throws in
            let options = try await server.ask("OPTIONS /echo")
            #expect(options.status == 204 && options["allow"] == "OPTIONS, POST" && options["content-length"] == nil)
            #expect(try await server.ask("OPTIONS *").status == 204)
            let get = try await server.ask("GET /echo")
            #expect(get.status == 405 && get["allow"] == "OPTIONS, POST")
            #expect(try await server.ask("BREW /").status == 405)
            let nowhere = try await server.ask("GET /nowhere")
            #expect(nowhere.status == 404 && nowhere.body.contains("\"type\":\"about:blank\""))
        }
    }

    @Test func servesIPv6AndUnixSockets() async throws {
        let path = NSTemporaryDirectory() + "/regraft-test-\(UUID().uuidString.prefix(8)).sock"
        for address in [SocketAddress(host: "::1", port: 0)!, .unix(path: path)] {
            try await RunningServer.with(addresses: [address]) { server async throws in
                #expect(try await server.ask("GET /").body == "Hello")
            }
        }
        // The path is gone, and a second server can have it; also after one that was killed.
        #expect(!FileManager.default.fileExists(atPath: path))
        for _ in 0..<2 {
            try await RunningServer.with(addresses: [.unix(path: path)]) { server async throws in
                #expect(try await server.ask("GET /").status == 200)
            }
        }
        try await RunningServer.with(addresses: [.unix(path: path)]) { _ in
            #expect(throws: SocketError.self) {
                try Server(ServerConfiguration(addresses: [.unix(path: path)])) { _ in .text("") }.bind()
            }
        }
    }
}

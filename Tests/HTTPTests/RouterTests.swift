import Foundation
import HTTP
import HTTPTestSupport
import HTTPTypes
import Metrics
import Synchronization
import Testing

struct RouterTests {
    @Test(arguments: [
        ("/models", "list"), ("/models/a", "model a"), ("/models/a%20b%2Bc", "model a b+c"), ("/models/new", "new"),
        ("/models/new/versions/7", "version new 7"), ("/models/%C3%BC/versions/-1", "version ü -1"),
        ("/files/a", "files a"), ("/files/a/b%20/c.txt", "files a/b /c.txt"), ("/models?x=1", "list"),
    ])
    func finds(_ path: String, _ answer: String) async throws {
        try await with { server async throws in #expect(try await server.ask("GET \(path)").body == answer) }
    }

    @Test(arguments: [
        "/", "/models/", "/models/a/", "/models/a/versions", "/models/a/versions/x", "/models/a/versions/+1",
        "/models/a/versions/01", "/models/a/versions/-0", "/files", "/files/", "/Models",
    ])
    func finds404(_ path: String) async throws {
        try await with { server async throws in
            #expect(try await server.ask("GET \(path)").status == (path == "/" ? 200 : 404))
        }
    }

    private func with(_ body: (RunningServer) async throws -> Void) async throws {
        try await RunningServer.with(
            routes: { router in
                router.get("/models") { _ in .text("list") }
                router.get("/models/{model}") { .text("model \(try $0.parameters.get("model"))") }
                router.get("/models/new") { _ in .text("new") }
                router.get("/models/{model}/versions/{version}") { request in
                    let version = try request.parameters.get("version", as: Int.self)
                    return .text("version \(try request.parameters.get("model")) \(version)")
                }
                router.get("/files/{path...}") { .text("files \(try $0.parameters.get("path"))") }
            }, body)
    }

    @Test func queries() async throws {
        try await RunningServer.with(routes: { router in
            router.get("/query") { request in
                .text(
                    request.query.items.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
                        + "|\(request.query["a"] ?? "nil")|\(request.query.values("a").count)")
            }
        }) { server async throws in
            for (query, answer) in [
                ("?a=1&b=2&a=3", "a=1;b=2;a=3|1|2"), ("", "|nil|0"), ("?", "|nil|0"), ("?a", "a=||1"),
                ("?a=b=c", "a=b=c|b=c|1"), ("?a=+%2B%20%C3%BC&&", "a= + ü| + ü|1"), ("?a=%26", "a=&|&|1"),
            ] { #expect(try await server.ask("GET /query\(query)").body == answer) }
        }
    }

    @Test func requestIDs() async throws {
        try await RunningServer.with(routes: { router in
            router.add(RequestIDMiddleware())
            router.get("/id") { .text($0.id) }
        }) { server async throws in
            let given = try await server.ask("GET /id", ["X-Request-ID: my-id_1.2"])
            #expect(given["x-request-id"] == "my-id_1.2" && given.body == "my-id_1.2")
            for bad in ["a b", "", String(repeating: "a", count: 65), "a\"b", "ü"] {
                let response = try await server.ask("GET /id", ["X-Request-ID: \(bad)"])
                #expect(response["x-request-id"] == response.body && response.body != bad)
            }
            let missing = try await server.ask("GET /nowhere", ["X-Request-ID: x1"])
            #expect(missing["x-request-id"] == "x1" && missing.body.contains("\"request_id\":\"x1\""))
            try await server.eventually("all are logged") { server.log.all.count == 7 }
            #expect(server.log.all.last?.id == "x1" && server.log.all.first?.route == "/id")
        }
    }

    @Test func errorsOfTheDomain() async throws {
        struct Taken: Error {}
        struct Other: Error {}
        try await RunningServer.with(routes: { router in
            router.add(ErrorMiddleware { $0 is Taken ? Problem(.conflict, "taken") : nil })
            router.get("/taken") { _ in throw Taken() }
            router.get("/other") { _ in throw Other() }
            router.get("/gone") { _ in throw Problem(.gone, "gone") }
        }) { server async throws in
            #expect(try await server.ask("GET /taken").status == 409)
            #expect(try await server.ask("GET /other").status == 500)
            #expect(try await server.ask("GET /gone").status == 410)
        }
    }

    @Test func crossOriginRequests() async throws {
        try await RunningServer.with(routes: { router in
            router.add(CORSMiddleware(origins: .listed(["https://a.example"]), exposedFields: ["ETag"]))
            router.get("/x") { _ in .text("x") }
        }) { server async throws in
            let origin = "Origin: https://a.example"
            let preflight = try await server.ask("OPTIONS /x", [origin, "Access-Control-Request-Method: PUT"])
            #expect(preflight.status == 204 && preflight["access-control-allow-origin"] == "https://a.example")
            #expect(preflight["access-control-allow-methods"]?.contains("PUT") == true && preflight["vary"] == "Origin")
            let allowed = try await server.ask("GET /x", [origin])
            #expect(allowed["access-control-allow-origin"] == "https://a.example" && allowed.body == "x")
            #expect(allowed["access-control-expose-headers"] == "ETag")
            #expect(
                try await server.ask("GET /nowhere", [origin])["access-control-allow-origin"] == "https://a.example")
            for other in ["https://b.example", "null", "https://a.example.b.example"] {
                let refused = try await server.ask("GET /x", ["Origin: \(other)"])
                #expect(refused["access-control-allow-origin"] == nil && refused["vary"] == "Origin")
                let preflight = try await server.ask(
                    "OPTIONS /x", ["Origin: \(other)", "Access-Control-Request-Method: PUT"])
                #expect(preflight["access-control-allow-methods"] == nil)
            }
            // Without the question of a browser, OPTIONS is what it always is.
            #expect(try await server.ask("OPTIONS /x", [origin])["allow"] == "GET, HEAD, OPTIONS")
        }
    }

    // One line an exchange, whatever a client sends.
    @Test func accessLogs() async throws {
        let lines = Mutex<[String]>([])
        let configuration = ServerConfiguration(addresses: [SocketAddress(host: "127.0.0.1", port: 0)!])
        var router = Router()
        router.add(RequestIDMiddleware())
        router.get("/a/{b}") { _ in .text("x") }
        let log = AccessLog { line in lines.withLock { $0.append(line) } }
        let server = Server(configuration, observers: [log], handler: router.handler)
        let address = try server.bind()[0]
        let running = Task { try await server.run() }
        for request in [
            "GET /a/%0A?secret HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /a/b?secret HTTP/1.1\r\nHost: x\r\nUser-Agent: \"},\u{85}\u{2028}\\n\t{\"x\":1\r\nConnection: close\r\n\r\n",
            "nonsense\r\n\r\n",
        ] {
            let client = try RawClient(address)
            try await client.send(request)
            _ = try await client.receive()
        }
        running.cancel()
        try await running.value
        let logged = lines.withLock { $0 }
        #expect(logged.count == 3)
        for line in logged {
            #expect(
                !line.unicodeScalars.contains {
                    $0.value < 0x20 || (0x7F...0x9F).contains($0.value) || $0.value == 0x2028
                })
            #expect(!line.contains("secret"))
        }
        let good = try #require(
            try JSONSerialization.jsonObject(with: Data((logged.first { $0.contains("/a/{b}") } ?? "").utf8))
                as? [String: Any])
        #expect(good["level"] as? String == "info" && good["message"] as? String == "request")
        #expect(good["agent"] as? String == "\"},\u{85}\u{2028}\\n\t{\"x\":1")
        #expect(good["status"] as? Int == 200 && good["client"] as? String == "127.0.0.1")
        #expect(good["path"] as? String == "/a/b" && good["method"] as? String == "GET")
    }

    @Test func metrics() async throws {
        final class Recorder: MetricsFactory, CounterHandler, TimerHandler {
            let made = Mutex<[String]>([])
            func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
                made.withLock { $0.append(label + dimensions.map { " \($0)=\($1)" }.joined()) }
                return self
            }
            func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { self }
            func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
                NOOPMetricsHandler.instance
            }
            func destroyCounter(_ handler: any CounterHandler) {}
            func destroyTimer(_ handler: any TimerHandler) {}
            func destroyRecorder(_ handler: any RecorderHandler) {}
            let total = Atomic<Int64>(0)
            func increment(by amount: Int64) { total.add(amount, ordering: .relaxed) }
            func reset() {}
            func recordNanoseconds(_ duration: Int64) {}
        }
        let recorder = Recorder()
        let observer = MetricsObserver(factory: recorder)
        for (method, route) in [("GET", "/a/{b}"), ("GET", "/a/{b}"), ("BREW", nil)] {
            observer.finished(
                Exchange(
                    id: "", method: method, path: "/x", route: route, status: 200, bytesReceived: 0, bytesSent: 0,
                    duration: .zero, client: "", userAgent: nil, failure: nil))
        }
        #expect(
            recorder.made.withLock { $0.filter { $0.hasPrefix("http_requests_total") } } == [
                "http_requests_total method=GET route=/a/{b} status=200",
                "http_requests_total method=other route=none status=200",
            ])
        #expect(recorder.total.load(ordering: .relaxed) == 3)
    }
}

import Foundation
import HTTP
import HTTPTestSupport
import ServiceLifecycle
import Synchronization
import Testing

/// What handlers and streams may do, and what becomes of it.
struct HandlerTests {
    private struct Secret: Error, CustomStringConvertible { let description = "the password is 1234" }

    @Test func throwing() async throws {
        try await RunningServer.with(routes: { router in
            router.get("/problem") { _ in
                var problem = Problem(.conflict, type: "urn:test:taken", "It is \"taken\".")
                problem.errors = [Problem.Item(subject: "name", detail: "taken")]
                problem.headers[.retryAfter] = "7"
                throw problem
            }
            router.get("/error") { _ in throw Secret() }
        }) { server async throws in
            let problem = try await server.ask("GET /problem")
            #expect(problem.status == 409 && problem["retry-after"] == "7")
            let json = try JSONSerialization.jsonObject(with: Data(problem.body.utf8)) as? [String: Any]
            #expect(json?["type"] as? String == "urn:test:taken" && json?["detail"] as? String == "It is \"taken\".")
            #expect(json?["title"] as? String == "Conflict" && json?["status"] as? Int == 409)
            #expect((json?["errors"] as? [[String: String]])?.first == ["subject": "name", "detail": "taken"])
            #expect((json?["request_id"] as? String)?.isEmpty == false)
            // Nothing of the inside is told; the log has it.
            let error = try await server.ask("GET /error")
            #expect(error.status == 500 && !error.body.contains("1234"))
            #expect(server.log.all.last?.failure == "the password is 1234")
        }
    }

    // A stream that fails before its first byte is an error like any other; after it, the connection breaks, so that nobody
    // takes the part for the whole.
    @Test func streamsThatFail() async throws {
        try await RunningServer.with(routes: { router in
            router.get("/early") { _ in Response(body: .stream { _ in throw Secret() }) }
            router.get("/late") { _ in
                Response(
                    body: .stream { writer in
                        try await writer.write("part")
                        throw Secret()
                    })
            }
            router.get("/short") { _ in Response(body: .stream(length: 10) { try await $0.write("12345") }) }
            router.get("/long") { _ in Response(body: .stream(length: 3) { try await $0.write("12345") }) }
        }) { server async throws in
            #expect(try await server.ask("GET /early").status == 500)
            #expect(try await server.ask("GET /long").status == 500)
            let late = try await server.exchange("GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(late.contains("part") && !late.hasSuffix("0\r\n\r\n"))
            let short = try await server.exchange("GET /short HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(short.hasSuffix("12345"))
            // To HTTP/1.0 the end of the connection is the end of the body, so this must be another kind of end.
            let old = try server.connect()
            try await old.send("GET /late HTTP/1.0\r\n\r\n")
            #expect(try await old.endsInReset())
            try await server.eventually("all are logged") { server.log.all.count == 5 }
            #expect(server.log.all.allSatisfy { $0.failure != nil })
        }
    }

    // What is written after the end of a stream goes nowhere.
    @Test func writersThatAreLeftBehind() async throws {
        let outcome = AsyncStream.makeStream(of: String.self)
        try await RunningServer.with(routes: { router in
            router.get("/left") { _ in
                Response(
                    body: .stream { writer in
                        try await writer.write("in time")
                        Task {
                            try await Task.sleep(for: .milliseconds(50))
                            do {
                                try await writer.write("too late")
                                outcome.continuation.yield("sent")
                            } catch { outcome.continuation.yield("\(type(of: error))") }
                        }
                    })
            }
        }) { server in
            let client = try server.connect()
            try await client.send("GET /left HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(RawResponse.parse(try await client.receive(until: "0\r\n\r\n")).map(\.body) == ["in time"])
            var iterator = outcome.stream.makeAsyncIterator()
            #expect(await iterator.next() == "ConnectionLost")
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(RawResponse.parse(try await client.receive()).map(\.body) == ["Hello"])
        }
    }

    // One that still waits for its turn when the stream ends is before that end, not behind it, where the next response is.
    @Test func writersThatAreNotWaitedFor() async throws {
        let waiting = RunningServer.Calls()
        let piece = [UInt8](repeating: 97, count: 8 << 20)
        try await RunningServer.with(
            configure: { $0.eventLoops = 1 },
            routes: { router in
                router.get("/left") { _ in
                    Response(
                        body: .stream { writer in
                            Task {
                                try? await Task.sleep(for: .milliseconds(50))
                                waiting.add("last")
                                try await writer.write("last")
                            }
                            try await writer.write(piece)
                        })
                }
            }
        ) { server async throws in
            let client = try server.connect()
            try await client.send("GET /left HTTP/1.1\r\nHost: x\r\n\r\n")
            try await server.eventually("the second writer is there") { !waiting.all.isEmpty }
            #expect(try await server.ask("GET /").status == 200)  // and in the loop's hands
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let responses = RawResponse.parse(try await client.receive())
            #expect(responses.map(\.body.utf8.count) == [piece.count + 4, 5])
        }
    }

    // A client that vanishes ends what is done for it at once: by a reset, and in a stream also by closing its side.
    @Test(arguments: ["reset", "finish"])
    func vanishingClients(how: String) async throws {
        let ended = AsyncStream.makeStream(of: Bool.self)
        let waiting = Mutex(false)
        try await RunningServer.with(routes: { router in
            router.get("/events") { _ in
                .events { stream in
                    try await stream.send(ServerSentEvent(data: "begin"))
                    do { try await Task.sleep(for: .seconds(60)) } catch { ended.continuation.yield(true) }
                }
            }
            router.get("/wait") { _ in
                waiting.withLock { $0 = true }
                do { try await Task.sleep(for: .seconds(60)) } catch { ended.continuation.yield(true) }
                return .text("too late")
            }
        }) { server async throws in
            var iterator = ended.stream.makeAsyncIterator()
            for path in how == "reset" ? ["/events", "/wait"] : ["/events"] {
                let client = try server.connect()
                try await client.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
                if path == "/events" {
                    _ = try await client.receive(until: "begin")
                } else {
                    try await server.eventually("the handler runs") { waiting.withLock { $0 } }
                }
                if how == "reset" { client.reset() } else { client.finish() }
                #expect(await iterator.next() == true)
            }
            try await server.eventually("no connection is left") { server.server.connectionCount == 0 }
        }
    }

    // Stopping: what runs is finished, what hangs is cancelled after the deadline, and what ignores that is left behind.
    @Test func stopping() async throws {
        let gate = AsyncStream.makeStream(of: Void.self)
        let hasBegun = Mutex(false)
        let answered = Mutex("")
        try await RunningServer.with(
            configure: {
                $0.deadlines.drain = .seconds(60)
                $0.eventLoops = 1
            },
            routes: { router in
                router.get("/slow") { _ in
                    hasBegun.withLock { $0 = true }
                    for await _ in gate.stream { break }
                    return .text("finished")
                }
            }
        ) { server in
            let (idle, busy) = (try server.connect(), try server.connect())
            try await busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            try await server.eventually("the handler runs") { hasBegun.withLock { $0 } }
            #expect(server.server.connectionCount == 2)
            server.task.cancel()
            #expect(try await idle.isClosed())
            #expect(throws: RawClient.Failure.self) { try server.connect() }
            gate.continuation.yield()
            let text = try await busy.receive()
            answered.withLock { $0 = text }
        }
        let response = answered.withLock { RawResponse.parse($0) }.first
        #expect(response?.body == "finished" && response?["connection"] == "close")
    }

    @Test(arguments: [true, false])
    func stoppingWhatHangs(heedsCancellation: Bool) async throws {
        let release = AsyncStream.makeStream(of: Void.self)
        try await RunningServer.with(routes: { router in
            router.get("/hang") { _ in
                if heedsCancellation {
                    try await Task.sleep(for: .seconds(60))
                } else {
                    await Task { for await _ in release.stream {} }.value
                }
                return .text("never")
            }
        }) { server async throws in
            let client = try server.connect()
            try await client.send("GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")
            try await server.eventually("it hangs") { server.server.connectionCount == 1 }
            // Others are served meanwhile.
            #expect(try await server.ask("GET /").body == "Hello")
            server.task.cancel()
            #expect(try await client.isClosed())
        }
        release.continuation.finish()
    }

    // RFC 9110, 10.2.3: another one may have started by then.
    @Test func tellsThatItStops() async throws {
        try await RunningServer.with(routes: { router in
            router.get("/cancelled") { _ in throw CancellationError() }
        }) { server async throws in
            let response = try await server.ask("GET /cancelled")
            #expect(response.status == 503 && response["retry-after"] == "1")
        }
    }

    // As a service among others, by the signal that containers are stopped with.
    @Test func shutsDownGracefully() async throws {
        var configuration = ServerConfiguration(addresses: [SocketAddress(host: "127.0.0.1", port: 0)!])
        configuration.deadlines.drain = .seconds(1)
        let server = Server(configuration) { _ in .text("Hello") }
        let address = try server.bind()[0]
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: .init(label: "test")))
        let running = Task { try await group.run() }
        let client = try RawClient(address)
        try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try await client.receive(until: "Hello")
        await group.triggerGracefulShutdown()
        #expect(try await client.isClosed())
        try await running.value
    }

    // A task that still reads the body when all is answered gets no more of it, and the connection is at its end.
    @Test func readersThatAreLeftBehind() async throws {
        let outcome = AsyncStream.makeStream(of: String.self)
        let chunks = RunningServer.Calls()
        try await RunningServer.with(routes: { router in
            router.post("/left") { request in
                Task {
                    do {
                        for try await _ in request.body { chunks.add("one") }
                        outcome.continuation.yield("all")
                    } catch { outcome.continuation.yield("\(type(of: error))") }
                }
                while chunks.all.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
                return .text("early")
            }
        }) { server in
            let client = try server.connect()
            let begin = "POST /left HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
            try await client.send(begin + String(repeating: "a", count: 65_536))
            #expect(RawResponse.parse(try await client.receive()).map(\.body) == ["early"])
            var iterator = outcome.stream.makeAsyncIterator()
            #expect(await iterator.next() == "ConnectionLost")
            #expect(try await server.ask("GET /").body == "Hello")
        }
    }

    // Two tasks that read one body: one of them is told that this is an error.
    @Test func readersAtTheSameTime() async throws {
        try await RunningServer.with(routes: { router in
            router.post("/two") { request in
                try await withThrowingTaskGroup { group in
                    for _ in 0..<2 { group.addTask { try await request.body.collect().count } }
                    return .text("\(try await group.reduce(0, +))")
                }
            }
        }) { server async throws in
            let client = try server.connect()
            try await client.send("POST /two HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
            #expect(RawResponse.parse(try await client.receive()).map(\.status) == [500])
            #expect(try await server.ask("GET /").body == "Hello")
        }
    }

    // A handler that has waited long enough for a body.
    @Test func readersThatAreCancelled() async throws {
        try await RunningServer.with(routes: { router in
            router.post("/impatient") { request in
                await withTaskGroup { group in
                    group.addTask {
                        do { return try await request.body.collect().count == 0 ? "empty" : "all" } catch {
                            return "\(type(of: error))"
                        }
                    }
                    try? await Task.sleep(for: .milliseconds(50))
                    group.cancelAll()
                    return .text(await group.next() ?? "")
                }
            }
        }) { server async throws in
            let client = try server.connect()
            try await client.send("POST /impatient HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
            #expect(RawResponse.parse(try await client.receive()).map(\.body) == ["CancellationError"])
        }
    }

    // A body is for one request: who keeps it cannot read the next one's, nor write into the next one's answer.
    @Test func bodiesEndWithTheirRequests() async throws {
        let kept = Mutex<Request?>(nil)
        try await RunningServer.with(routes: { router in
            router.post("/keep") { request in
                kept.withLock { $0 = request }
                return .text("kept")
            }
        }) { server async throws in
            let client = try server.connect()
            try await client.send("POST /keep HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
            _ = try await client.receive(until: "kept")
            try await client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12")
            try await server.eventually("the second is under way") { server.calls.all == ["/echo"] }
            let request = try #require(kept.withLock { $0 })
            await #expect(throws: ConnectionLost.self) { try await request.body.collect() }
            try await client.send("345")
            #expect(try await client.receive(until: "12345").contains("12345"))
        }
    }
}

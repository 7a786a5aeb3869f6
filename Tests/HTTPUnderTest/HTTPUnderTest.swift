import Crypto
import Foundation
import HTTP
import HTTPTypes
import Logging
import ServiceLifecycle

/// A server for peers that speak HTTP and were not written here: curl, wrk, slowhttptest, nginx. Settings come from the
/// environment: PORT (0), SOCKET, CONNECTIONS, HEADER_SECONDS, FILE, LOG, PROXIES. With MIRROR it answers every request by
/// what it has read, as JSON, so that another reader's understanding can be compared; with PLAIN always by the same bytes.
@main
struct HTTPUnderTest {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        var addresses = [SocketAddress(host: "127.0.0.1", port: UInt16(environment["PORT"] ?? "") ?? 0)!]
        if let path = environment["SOCKET"] { addresses.append(.unix(path: path)) }
        var configuration = ServerConfiguration(addresses: addresses)
        if let connections = environment["CONNECTIONS"].flatMap(Int.init) {
            configuration.limits.connections = connections
            configuration.limits.connectionsPerPeer = connections
        }
        if let seconds = environment["HEADER_SECONDS"].flatMap(Int.init) {
            configuration.deadlines.header = .seconds(seconds)
        }
        configuration.trustedProxies = (environment["PROXIES"] ?? "").split(separator: ",").compactMap {
            AddressRange(String($0))
        }
        let observers: [any ExchangeObserver] =
            environment["LOG"] == nil
            ? [] : [AccessLog { line in FileHandle.standardError.write(Data((line + "\n").utf8)) }]
        let handler: Handler
        if environment["MIRROR"] != nil {
            handler = mirror
        } else if environment["PLAIN"] != nil {
            handler = plain
        } else {
            handler = router(file: environment["FILE"]).handler
        }
        let server = Server(configuration, observers: observers, handler: handler)
        for address in try server.bind() { print("listening on http://\(address)") }
        fflush(nil)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: server)], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: .init(label: "http") { _ in SwiftLogNoOpLogHandler() }))
        try await group.run()
    }

    private static let plain: Handler = { _ in .text("Hello, world!") }

    /// What a request was understood as. Bytes are in base 64, since they need not be text.
    private struct Reflection: Encodable {
        var method: String
        var target: Data
        var fields: [[Data]]
        var body: Data
    }

    private static let mirror: Handler = { request in
        let fields = request.headers.map { field in
            [Data(field.name.rawName.utf8), field.withUnsafeBytesOfValue { Data($0) }]
        }
        let reflection = Reflection(
            method: request.method.rawValue, target: Data((request.head.path ?? "").utf8), fields: fields,
            body: Data(try await request.body.collect()))
        return Response(
            headers: [.contentType: "application/json"], body: .bytes(Array(try JSONEncoder().encode(reflection))))
    }

    private static func router(file: String?) -> Router {
        var router = Router()
        router.get("/") { _ in .text("Hello, world!") }
        router.get("/client") { request in .text(request.client.map(String.init(describing:)) ?? "unknown") }
        router.get("/slow/{milliseconds}") { request in
            try await Task.sleep(for: .milliseconds(request.parameters.get("milliseconds", as: Int.self)))
            return .text("done")
        }
        router.get("/bytes/{count}") { request in
            let count = try request.parameters.get("count", as: Int.self)
            return Response(
                body: .stream(length: request.query["chunked"] == nil ? count : nil) { writer in
                    let piece = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                    for start in stride(from: 0, to: count, by: piece.count) {
                        try await writer.write(Array(piece.prefix(count - start)))
                    }
                })
        }
        router.get("/events/{count}") { request in
            let count = try request.parameters.get("count", as: Int.self)
            let first = (request.headers[.lastEventID].flatMap(Int.init) ?? 0) + 1
            return .events { stream in
                for number in first..<max(first, count + 1) {
                    try await stream.send(ServerSentEvent(id: "\(number)", event: "tick", data: "tick \(number)"))
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
        }
        router.put("/upload", bodyLimit: .max) { request in
            var (hash, length) = (SHA256(), 0)
            for try await chunk in request.body {
                hash.update(data: chunk)
                length += chunk.count
            }
            return .text("\(length) \(hash.finalize().map { String(format: "%02x", $0) }.joined())\n")
        }
        router.post("/echo") { request in Response(body: .bytes(try await request.body.collect())) }
        router.post("/parts", bodyLimit: 1 << 30) { request in
            var reader = try MultipartReader(request)
            var lines = ""
            while let part = try await reader.nextPart() {
                var length = 0
                while let piece = try await reader.read() { length += piece.count }
                lines += "\(part.name) \(part.filename ?? "-") \(length)\n"
            }
            return .text(lines)
        }
        if let file { router.get("/file") { try await .file(file, for: $0) } }
        router.add(RequestIDMiddleware())
        router.add(CompressionMiddleware())
        return router
    }
}

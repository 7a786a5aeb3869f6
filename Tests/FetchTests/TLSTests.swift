import Fetch
import Foundation
import TestSupport
import Testing

/// OpenSSL's own server, with a certificate of no known authority for `127.0.0.1`.
struct TLSTests {
    private static func openssl(_ arguments: [String], in folder: TemporaryFolder, output: Any = FileHandle.nullDevice)
        throws
        -> Process
    {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = folder.url
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Runs `body` with the server's port and the certificate's file.
    private static func withServer(
        name: String, redirect: String = "/", _ body: (_ port: String, _ certificate: String) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        // Complete responses, which `-HTTP` sends as they are.
        try folder.write("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", to: "file")
        try folder.write("HTTP/1.0 302 Found\r\nLocation: \(redirect)\r\n\r\n", to: "redirect")
        let making = try openssl(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=test", "-addext", "subjectAltName=\(name)",
            ], in: folder)
        making.waitUntilExit()
        let pipe = Pipe()
        let server = try openssl(
            ["s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem", "-key", "key.pem", "-HTTP"], in: folder,
            output: pipe)
        defer {
            // A thread of Dispatch's blocks SIGTERM, and so does what it starts.
            kill(server.processIdentifier, SIGKILL)
            server.waitUntilExit()
        }
        // "ACCEPT 127.0.0.1:40123"
        var said = ""
        while !said.contains(/ACCEPT [^\n]*\n/), case let data = pipe.fileHandleForReading.availableData, !data.isEmpty
        {
            said += String(decoding: data, as: UTF8.self)
        }
        let port = try #require(said.firstMatch(of: /ACCEPT [^\n]*:(\d+)/)).1
        try await body(String(port), folder.url.appendingPathComponent("cert.pem").path)
    }

    @Test func certificateMustBeKnown() async throws {
        try await Self.withServer(name: "IP:127.0.0.1") { port, certificate in
            let unknown = try await Download.of("https://127.0.0.1:\(port)/file")
            #expect(unknown.error?.code == .tlsFailed && unknown.body.isEmpty, "\(unknown.result)")
            let known = try await Download.of(
                "https://127.0.0.1:\(port)/file", configure: { $0.certificateAuthorities = certificate })
            #expect(try known.result.get().length == 3 && known.body == "abc")
        }
    }

    @Test func certificateMustBeTheHosts() async throws {
        try await Self.withServer(name: "DNS:example.org,IP:127.0.0.2") { port, certificate in
            let download = try await Download.of(
                "https://127.0.0.1:\(port)/file", configure: { $0.certificateAuthorities = certificate })
            #expect(download.error?.code == .tlsFailed && download.body.isEmpty)
        }
    }

    // Without a handshake there is no answer, and none by http instead.
    @Test func serverWithoutTLS() async throws {
        let server = try TinyServer(speaksFirst: true) { $0.send("HTTP/1.1 200 OK\r\n\r\nsecret") }
        let download = try await Download.of("https://127.0.0.1:\(server.port)/")
        #expect(download.error?.code == .tlsFailed && download.body.isEmpty)
        let missing = try await Download.of(
            "https://127.0.0.1:\(server.port)/", configure: { $0.certificateAuthorities = "/no/such.pem" })
        #expect(missing.error?.code == .tlsFailed)
    }

    // From http to https, but not back.
    @Test func redirectsKeepSecure() async throws {
        let target = try TinyServer("HTTP/1.1 200 OK\r\n\r\nabc")
        try await Self.withServer(name: "IP:127.0.0.1", redirect: target.url()) { port, certificate in
            let configure: @Sendable (inout FetchSettings) -> Void = {
                $0.certificateAuthorities = certificate
                $0.maximumRedirects = 2
            }
            let secure = "https://127.0.0.1:\(port)"
            let start = try TinyServer("HTTP/1.1 302 X\r\nLocation: \(secure)/file\r\n\r\n")
            #expect(try await Download.of(start, configure: configure).result.get().url == "\(secure)/file")
            let back = try await Download.of("\(secure)/redirect", configure: configure)
            #expect(back.error?.code == .redirectRefused && target.requests.isEmpty, "\(back.result)")
        }
    }
}

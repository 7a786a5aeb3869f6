import Foundation
import Glibc
import TestSupport
import Testing

/// What those see who keep a server running.
struct ServeUpkeepTests {
    private let workshop: Workshop

    init() throws {
        workshop = try Workshop()
        for colour in ["red", "blue"] { try workshop.addPhotos(colour, like: colour, count: 4) }
    }

    private func healthCheck(_ arguments: String...) throws -> RegraftProcess {
        try RegraftProcess(["healthcheck"] + arguments, in: workshop.url)
    }

    @Test func healthCheckTellsWhetherItIsReady() throws {
        let server = try ServeProcess(in: workshop.url)
        let port = String(server.address.split(separator: ":").last ?? "")
        let ready = try healthCheck("--port", port)
        #expect(ready.status == 0 && ready.output == "127.0.0.1:\(port): 200 ok\n", "\(ready.output)\(ready.errors)")
        // It asks the server and not the data, which is in use.
        #expect(
            try healthCheck("--port", port, "--host", "0.0.0.0", "--set", "server.allow_open_access=true").status == 0)
        #expect(server.stop(by: SIGTERM) == 0)
        let gone = try healthCheck("--port", port)
        #expect(gone.status == 1 && gone.errors.contains("Connection refused"), "\(gone.errors)")
        #expect(try healthCheck("--port", "0").status == 64)
        #expect(try healthCheck("--set", "server.prot=1").status == 1)
    }

    @Test func metricsCountJobs() throws {
        let server = try ServeProcess(in: workshop.url)
        func metrics() throws -> [String] { try server.curl("/metrics").text.split(separator: "\n").map(String.init) }
        let before = try metrics()
        #expect(before.contains(#"regraft_jobs_total{kind="train",state="failed"} 0"#))
        #expect(before.contains("regraft_ready 1") && before.contains("regraft_models_served 0"))
        for colour in ["red", "blue"] {
            let files = (0..<4).flatMap { ["-F", "f=@photos/\(colour)/\($0).png"] }
            #expect(try server.curlAll("/v1/datasets/colours/images?label=\(colour)", files).status == 201)
        }
        _ = try server.follow(try server.json("/v1/jobs", #"{"dataset": "colours"}"#).string("id"))
        let after = try metrics()
        #expect(after.contains(#"regraft_jobs_total{kind="train",state="succeeded"} 1"#))
        #expect(after.contains(#"regraft_job_duration_seconds_count{kind="train"} 1"#))
        #expect(after.contains(#"regraft_jobs_queued{kind="train"} 0"#))
        #expect(after.contains("regraft_models_served 1"), "\(after)")
    }

    @Test func probesAreNotLogged() throws {
        let server = try ServeProcess(in: workshop.url)
        for path in ["/healthz", "/livez", "/readyz", "/v1/models"] { #expect(try server.curl(path).status == 200) }
        #expect(server.stop(by: SIGTERM) == 0)
        let log = try String(contentsOf: workshop.url.appendingPathComponent("server.log"), encoding: .utf8)
        let paths = log.split(separator: "\n").filter { $0.contains("\"path\":") }
        #expect(!paths.isEmpty && paths.allSatisfy { $0.contains("\"path\":\"/v1/models\"") || $0.contains(":503,") })
    }
}

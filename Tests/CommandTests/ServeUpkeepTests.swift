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

    // A job's log is there when it is over, its pictures soon after; a start removes what no job has any more.
    @Test func logsAreWrittenAndRemoved() throws {
        let logs = workshop.url.appendingPathComponent("data/logs")
        func exists(_ path: String) -> Bool {
            FileManager.default.fileExists(atPath: logs.appendingPathComponent(path).path)
        }
        let first = try ServeProcess(in: workshop.url)
        for colour in ["red", "blue"] {
            let files = (0..<4).flatMap { ["-F", "f=@photos/\(colour)/\($0).png"] }
            #expect(try first.curlAll("/v1/datasets/colours/images?label=\(colour)", files).status == 201)
        }
        let job = try first.json("/v1/jobs", #"{"dataset": "colours"}"#).string("id")
        #expect(try first.follow(job).last?.contains(#""state":"succeeded""#) == true)
        let events = try LoggedEvent.all(in: logs.appendingPathComponent("\(job)/train"))
        #expect(events.contains { $0.scalars["accuracy_1"] != nil })
        #expect(first.stop(by: SIGTERM) == 0)

        let gone = "job_01m87ck1b81grxgncj69dqpgs1"
        try workshop.folder.write("of a job that was deleted", to: "data/logs/\(gone)/train/events")
        let second = try ServeProcess(in: workshop.url)
        for _ in 0..<500 where exists(gone) { usleep(20_000) }
        #expect(!exists(gone) && exists("\(job)/train"))
        #expect(second.stop(by: SIGTERM) == 0)
    }

    // One bit of a head: the model goes on answering, by the version before, and whoever looks sees that it does.
    @Test func aDamagedHeadFallsBack() throws {
        let first = try ServeProcess(in: workshop.url)
        for colour in ["red", "blue"] {
            let files = (0..<4).flatMap { ["-F", "f=@photos/\(colour)/\($0).png"] }
            #expect(try first.curlAll("/v1/datasets/colours/images?label=\(colour)", files).status == 201)
        }
        for options in ["", #", "recipe": "retrain", "how_many_training_steps": 20"#] {
            let job = try first.json("/v1/jobs", #"{"dataset": "colours"\#(options)}"#).string("id")
            #expect(try first.follow(job).last?.contains(#""state":"succeeded""#) == true)
        }
        let head = try first.curl("/v1/models/colours/versions/2").string("head_sha256")
        #expect(try first.curl("/v1/models/colours").integer("aliases.0.serving_version") == 2)
        #expect(first.stop(by: SIGTERM) == 0)
        let file = workshop.url.appendingPathComponent("data/blobs/sha256/\(head.prefix(2))/\(head)")
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count / 2] ^= 1
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        try bytes.write(to: file)

        let second = try ServeProcess(in: workshop.url)
        let answer = try second.curl("/classify", "-X", "POST", "-T", "photos/red/0.png")
        #expect(answer.status == 200 && answer.integer("version") == 1, "\(answer.text)")
        let model = try second.curl("/v1/models/colours")
        #expect(model.integer("aliases.0.version") == 2 && model.integer("aliases.0.serving_version") == 1)
        let alias = try second.curl("/v1/models/colours/aliases/latest")
        #expect(alias.integer("alias.serving_version") == 1, "\(alias.text)")
        let log = try String(contentsOf: workshop.url.appendingPathComponent("server.log"), encoding: .utf8)
        #expect(log.contains("an alias answers by an earlier version") && log.contains("\(head)"))
        // Nobody can be led there again.
        #expect(try second.json("/v1/models/colours/aliases/latest", #"{"version": 2}"#, method: "PUT").status >= 400)
        #expect(try second.json("/v1/models/colours/aliases/latest", #"{"version": 1}"#, method: "PUT").status == 200)
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

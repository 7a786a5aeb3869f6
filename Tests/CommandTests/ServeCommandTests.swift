import Foundation
import Glibc
import TestSupport
import Testing

/// The tutorial over HTTP, with a tiny network and made pictures.
struct ServeCommandTests {
    private let workshop: Workshop

    init() throws {
        workshop = try Workshop()
        for colour in ["red", "green", "blue"] { try workshop.addPhotos(colour, like: colour, count: 12) }
        try workshop.folder.write("no picture", to: "photos/red/notes.jpg")
        for colour in ["red", "blue"] {
            try workshop.folder.write(
                Workshop.photo(Workshop.colours[colour] ?? [], 99), to: "unseen/\(colour).png")
        }
        try pack("photos", "photos.zip")
    }

    private func pack(_ folder: String, _ archive: String) throws {
        let python = Process()
        python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        python.arguments = [
            "python3", "-c", "import shutil, sys; shutil.make_archive(sys.argv[2][:-4], 'zip', sys.argv[1])", folder,
            archive,
        ]
        python.currentDirectoryURL = workshop.url
        try python.run()
        python.waitUntilExit()
    }

    private func train(_ server: ServeProcess) throws {
        let upload = try server.curl("/v1/datasets/colours", "-T", "photos.zip")
        #expect(upload.status == 202, "\(upload.text)")
        #expect(try server.follow(upload.string("id")).last?.contains("\"state\":\"succeeded\"") == true)
        let job = try server.json("/v1/jobs", #"{"dataset": "colours"}"#)
        #expect(job.status == 202, "\(job.text)")
        let events = try server.follow(job.string("id"))
        #expect(events.last?.contains("\"state\":\"succeeded\"") == true, "\(events.last ?? "")")
        #expect(events.contains { $0.contains("\"event\":\"metric\"") })
    }

    @Test func uploadsTrainsAndClassifies() throws {
        let server = try ServeProcess(in: workshop.url)
        // Nothing was trained, and the made network knows no classes.
        #expect(try server.curl("/classify", "-X", "POST", "-T", "unseen/red.png").status == 409)
        try train(server)

        let dataset = try server.curl("/v1/datasets/colours")
        #expect(dataset.integer("images") == 36 && dataset.integer("report.refused") == 1)
        #expect(dataset.string("report.files.0.path") == "red/notes.jpg")
        #expect(dataset.string("report.files.0.code") == "unsupported_format")
        for colour in ["red", "blue"] {
            let answer = try server.curl("/classify?top_k=2", "-X", "POST", "-T", "unseen/\(colour).png")
            #expect(answer.status == 200 && answer.string("predictions.0.label") == colour, "\(answer.text)")
            #expect(answer.string("model") == "colours" && answer.integer("version") == 1)
        }
        // One picture that is none does not cost the others their answers.
        let batch = try server.curl("/classify", "-F", "a=@unseen/red.png", "-F", "b=@photos/red/notes.jpg")
        #expect(batch.status == 200 && batch.string("results.0.predictions.0.label") == "red")
        #expect(batch.string("results.1.error.type") == "urn:regraft:problem:unsupported-format")
        #expect(server.stop(by: SIGTERM) == 0)
    }

    @Test func isThereAfterAKill() throws {
        let first = try ServeProcess(in: workshop.url)
        try train(first)
        let before = try first.curl("/v1/models/colours/classify", "-X", "POST", "-T", "unseen/red.png")
        let job = try first.curl("/v1/jobs?kind=train").string("jobs.0.id")
        let events = try first.follow(job)
        #expect(first.stop(by: SIGKILL) == -SIGKILL)

        let second = try ServeProcess(in: workshop.url)
        let after = try second.curl("/v1/models/colours/classify", "-X", "POST", "-T", "unseen/red.png")
        #expect(after["predictions.0.probability"] as? Double == before["predictions.0.probability"] as? Double)
        // The same events under the same numbers, from any of them on.
        #expect(try second.follow(job) == events)
        let rest = try second.curl("/v1/jobs/\(job)/events?after=2", "-H", "Accept: application/x-ndjson")
        #expect(rest.text.split(separator: "\n").map(String.init) == Array(events.dropFirst(2)))
    }

    @Test func rollsBack() throws {
        let server = try ServeProcess(in: workshop.url)
        try train(server)
        let again = try server.json("/v1/jobs", #"{"dataset": "colours", "seed": 1, "promotion": "manual"}"#)
        _ = try server.follow(again.string("id"))
        func version() throws -> Int {
            try server.curl("/v1/models/colours/classify", "-X", "POST", "-T", "unseen/red.png").integer("version")
        }
        #expect(try version() == 1)
        let alias = "/v1/models/colours/aliases/latest"
        #expect(try server.json(alias, #"{"version": 2}"#, method: "PUT", "If-Match: \"9\"").status == 412)
        #expect(try server.json(alias, #"{"version": 2}"#, method: "PUT", "If-Match: \"1\"").status == 200)
        #expect(try version() == 2)
        #expect(try server.json(alias, #"{"version": 1}"#, method: "PUT").status == 200)
        #expect(try version() == 1)
        #expect(try server.curl("/v1/models/colours/versions/1", "-X", "DELETE").status == 409)
        #expect(try server.curl("/v1/models/colours/versions/2", "-X", "DELETE").status == 204)
    }

    @Test func doesARepeatedRequestOnce() throws {
        let server = try ServeProcess(in: workshop.url)
        func upload(_ file: String) throws -> Answer {
            try server.curl("/v1/datasets/colours", "-T", file, "-H", "Idempotency-Key: k")
        }
        let first = try upload("photos.zip")
        _ = try server.follow(first.string("id"))
        #expect(try upload("photos.zip").string("id") == first.string("id"))
        try workshop.addPhotos("red", like: "red", count: 1, from: 50)
        try pack("photos", "other.zip")
        #expect(try upload("other.zip").status == 422)
    }

    @Test func refusesWhatIsWrong() throws {
        let server = try ServeProcess(in: workshop.url)
        try workshop.folder.write("no archive", to: "text.zip")
        let cases: [(String, [String], Int, String)] = [
            ("/v1/datasets/a%20b", ["-T", "photos.zip"], 400, "invalid-name"),
            ("/v1/datasets/x?layout=flat", ["-T", "photos.zip"], 400, "invalid-parameters"),
            ("/v1/datasets/x", ["-T", "text.zip"], 415, "blank"),
            ("/v1/datasets/x", ["-T", "unseen/red.png"], 415, "blank"),
            ("/v1/datasets/x", ["-X", "PUT", "-d", "a=b"], 415, "blank"),
            ("/v1/datasets/x", ["-X", "PUT", "-H", "Content-Type:"], 400, "blank"),
            ("/v1/datasets/x", [], 404, "unknown-dataset"),
            ("/v1/datasets/x/images", ["-X", "POST", "-T", "unseen/red.png"], 400, "invalid-parameters"),
            ("/v1/datasets/x/images?label=a", ["-X", "POST", "-T", "text.zip"], 415, "unsupported-format"),
            ("/v1/jobs", ["-d", "{}"], 415, "blank"),
            ("/v1/jobs", ["-d", "{", "-H", "Content-Type: application/json"], 400, "blank"),
            ("/v1/jobs", ["-d", "{}", "-H", "Content-Type: application/json"], 400, "invalid-fields"),
            (
                "/v1/jobs", ["-d", #"{"dataset": "x", "sed": 1}"#, "-H", "Content-Type: application/json"], 400,
                "invalid-fields"
            ),
            ("/v1/jobs", ["-d", #"{"dataset": "x"}"#, "-H", "Content-Type: application/json"], 404, "unknown-dataset"),
            ("/v1/jobs/none", [], 404, "unknown-job"),
            ("/v1/jobs/none/cancel", ["-X", "POST"], 404, "unknown-job"),
            ("/v1/models/none", [], 404, "unknown-model"),
            ("/v1/models/none/classify", ["-X", "POST", "-T", "unseen/red.png"], 404, "unknown-model"),
            ("/classify?version=2", ["-X", "POST", "-T", "unseen/red.png"], 400, "blank"),
        ]
        // A type is the end of a URN, or of "about:blank" where the status says all there is to say.
        for (path, arguments, status, type) in cases {
            let curl = try server.curlAll(path, arguments)
            #expect(curl.status == status, "\(path) \(arguments): \(curl.text)")
            #expect(curl.string("type").hasSuffix(":\(type)"), "\(path) \(arguments): \(curl.text)")
        }
        // What is no archive is found out by the job, which says so.
        try workshop.folder.write("PK, and then nothing of a zip", to: "cut.zip")
        let upload = try server.curl("/v1/datasets/text", "-T", "cut.zip")
        let events = try server.follow(upload.string("id"))
        #expect(events.last?.contains("archive\"") == true, "\(events)")
        // It is not there to be used, and says why.
        let dataset = try server.curl("/v1/datasets/text")
        #expect(dataset.string("state") == "failed" && dataset["version"] is NSNull, "\(dataset.text)")
        #expect(dataset.string("versions.0.job") == upload.string("id"))
        #expect(dataset.string("versions.0.error.code").contains("archive"), "\(dataset.text)")
    }

    @Test func needsAKeyWhereOneIsSet() throws {
        // printf %s secret | sha256sum
        let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
        let server = try ServeProcess(in: workshop.url, ["--set", "api_keys=me:\(hash):classify"])
        #expect(try server.curl("/v1/models").status == 401)
        #expect(try server.curl("/v1/models", "-H", "Authorization: Bearer wrong").status == 401)
        #expect(try server.curl("/v1/models", "-H", "Authorization: Bearer secret").status == 403)
        let classify = try server.curl(
            "/classify", "-X", "POST", "-T", "unseen/red.png", "-H", "Authorization: Bearer secret")
        #expect(classify.status == 409)
    }

    // Any page that a user looks at can send something to this machine, or have its own name lead here.
    @Test func keepsPagesOfOthersOut() throws {
        let server = try ServeProcess(in: workshop.url, ["--set", "server.allowed_hosts=regraft.example"])
        #expect(try server.curl("/v1/models", "-H", "Host: evil.example").status == 421)
        #expect(try server.curl("/v1/models", "-H", "Host: regraft.example").status == 200)
        let add = "/v1/datasets/n/images?label=red"
        let evil = try server.curl(add, "-F", "a=@unseen/red.png", "-H", "Origin: https://evil.example")
        #expect(evil.status == 403 && evil.string("detail").contains("server.cors_origins"), "\(evil.text)")
        let own = try server.curl(add, "-F", "a=@unseen/red.png", "-H", "Origin: \(server.address)")
        #expect(own.status == 201, "\(own.text)")
        let compressed = try server.curl(add, "-F", "a=@unseen/red.png", "-H", "Content-Encoding: gzip")
        #expect(compressed.status == 415, "\(compressed.text)")
    }

    // With a key, a name that leads here opens nothing: the page has none.
    @Test func answersToAnyNameWhereAKeyIsSet() throws {
        let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
        let server = try ServeProcess(
            in: workshop.url, ["--set", "api_keys=me:\(hash):admin", "--set", "limits.bodies_in_memory=1 MiB"])
        let key = "Authorization: Bearer secret"
        #expect(try server.curl("/v1/models", "-H", "Host: any.example", "-H", key).status == 200)
        try Data(count: 1_100_000).write(to: workshop.url.appendingPathComponent("long.bin"))
        let long = try server.curl("/v1/datasets/n/images?label=a", "-X", "POST", "-T", "long.bin", "-H", key)
        #expect(long.status == 413 && long.string("detail").contains("limits.bodies_in_memory"), "\(long.text)")
    }

    // The server waits for requests in progress, and a watcher's would be one for as long as the job. The job goes on at the
    // next start.
    @Test func letsWatchersGoWhenItStops() throws {
        let server = try ServeProcess(in: workshop.url, ["--set", "deadlines.drain=1h"])
        try train(server)
        let long = #"{"dataset": "colours", "recipe": "retrain", "how_many_training_steps": 1000000}"#
        let job = try server.json("/v1/jobs", long).string("id")
        let watcher = try server.startWatching(job)
        #expect(server.stop(by: SIGTERM) == 0)
        watcher.waitUntilExit()
        #expect(watcher.terminationStatus == 0)

        let second = try ServeProcess(in: workshop.url)
        let resumed = try second.curl("/v1/jobs/\(job)")
        #expect(["queued", "running"].contains(resumed.string("state")) && resumed.integer("attempt") <= 1)
        #expect(try second.curl("/v1/jobs/\(job)/cancel", "-X", "POST").status < 300)
        #expect(try second.follow(job).last?.contains("\"state\":\"cancelled\"") == true)
    }

    // Whoever can reach the server could train on it.
    @Test func isNotOpenToOthersByAccident() throws {
        let run = try RegraftProcess(["serve", "--host", "0.0.0.0", "--port", "0"], in: workshop.url)
        #expect(run.status == 1 && run.errors.contains("allow_open_access"), "\(run.errors)")
    }
}

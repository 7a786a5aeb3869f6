import Domain
import Foundation
import HTTPTestSupport
import Storage
import TestSupport
import Testing

/// Archives: `PUT /v1/datasets/{dataset}` and `POST …/import`.
struct UploadTests {
    private static let archive = Data("PK what only the job looks into".utf8)

    @Test func answersWithTheJob() async throws {
        let types = [nil, "application/zip", "application/x-tar", "application/gzip", "application/zstd"]
        try await TestAPI.with { api in
            for (number, type) in types.enumerated() {
                let name = "d\(number)"
                let fields = type.map { ["Content-Type": $0] } ?? [:]
                let answer = try await api.ask("PUT", "/v1/datasets/\(name)", fields, Self.archive)
                #expect(answer.status == 202 && answer.string("kind") == "ingest", "\(answer.text)")
                #expect(answer.string("state") == "queued" && answer.integer("dataset_version") == 1)
                let job = try #require(answer.fields["location"])
                #expect(try await api.get(job).string("id") == answer.string("id"))
                let dataset = try await api.get("/v1/datasets/\(name)")
                #expect(dataset["version"] is NSNull && dataset.integer("images") == 0)
                #expect(dataset.string("ingesting.job") == answer.string("id"))
            }
        }
    }

    @Test func refusesWhatIsNoArchive() async throws {
        let cases: [(query: String, fields: [String: String], body: Data, status: Int, type: String, says: String)] = [
            ("", [:], Data(), 400, "bad-request", "empty"),
            ("", ["Content-Type": "text/html"], Self.archive, 415, "unsupported-media-type", "text/html"),
            (
                "", ["Content-Type": "multipart/form-data; boundary=x"], Self.archive, 415, "unsupported-media-type",
                "-T"
            ),
            ("", [:], Photos.photo("red"), 415, "unsupported-media-type", "images?label="),
            ("?labels=flat", [:], Self.archive, 400, "invalid-parameters", "auto, folders, filename, csv"),
            ("?mode=merge", [:], Self.archive, 400, "invalid-parameters", "replace, add"),
            ("?priority=101", [:], Self.archive, 400, "invalid-parameters", "-100 to 100"),
            ("?priority=high", [:], Self.archive, 400, "invalid-parameters", "-100 to 100"),
        ]
        try await TestAPI.with { api in
            for (query, fields, body, status, type, says) in cases {
                let answer = try await api.ask("PUT", "/v1/datasets/n\(query)", fields, body)
                expect(answer, status, type, saying: says, in: "\(query) \(fields)")
            }
            expect(try await api.get("/v1/datasets/n"), 404, "unknown-dataset")
            #expect(try api.disk.digests().isEmpty)
        }
    }

    /// By their first bytes, before gigabytes of them have come.
    @Test func refusesOtherFormatsAtOnce() async throws {
        let marked: [([UInt8], String)] = [
            (Array("BZh91AY&SY".utf8), "bzip2"), ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0, 4], "7z"),
            (Array("Rar!\u{1A}\u{7}\u{1}\u{0}".utf8), "RAR"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0], "xz"),
            (Array("%PDF-1.7".utf8), "PDF"), (Array("no archive\n".utf8), "text"),
            (Array(String(repeating: "<p>é", count: 200).utf8), "text"),
        ]
        // A tar's first bytes may be all text; it has zeros before its mark.
        let tar =
            Array(String(repeating: "a", count: 100).utf8) + Array("0000644\0".utf8) + [UInt8](repeating: 0, count: 404)
        try await TestAPI.with { api in
            for (bytes, name) in marked {
                let answer = try await api.ask("PUT", "/v1/datasets/n", [:], Data(bytes))
                expect(answer, 415, "unsupported-media-type", saying: name, "zip, tar, tar.gz or tar.zst", in: name)
            }
            #expect(try api.disk.digests().isEmpty)
            for (number, bytes) in [tar, Array("PK text".utf8), [0x1F, 0x8B, 8], [0x28, 0xB5, 0x2F, 0xFD]].enumerated()
            {
                #expect(try await api.ask("PUT", "/v1/datasets/t\(number)", [:], Data(bytes)).status == 202)
            }
        }
    }

    @Test func takesOneIngestOfADatasetAtATime() async throws {
        try await TestAPI.with { api in
            let first = try await api.ask("PUT", "/v1/datasets/n", [:], Self.archive)
            let fields = [[:], ["Idempotency-Key": "another"]]
            for fields in fields {
                let second = try await api.ask("PUT", "/v1/datasets/n", fields, Self.archive + Data("x".utf8))
                expect(second, 409, "dataset-busy", saying: first.string("id"), "Wait for it, or cancel it")
            }
            let link = try await api.json(
                "POST", "/v1/datasets/n/import", #"{"url": "https://example.com/a.zip"}"#)
            expect(link, 409, "dataset-busy", saying: first.string("id"))
            let photo = try await api.ask("POST", "/v1/datasets/n/images?label=a", [:], Photos.photo("red"))
            expect(photo, 409, "dataset-busy", saying: first.string("id"))
            let train = try await api.json("POST", "/v1/jobs", #"{"dataset": "n"}"#)
            expect(train, 409, "dataset-busy", saying: first.string("id"))
            expect(try await api.ask("DELETE", "/v1/datasets/n"), 409, "dataset-in-use", saying: first.string("id"))
            // What was told to do helps.
            #expect(try await api.ask("POST", "/v1/jobs/\(first.string("id"))/cancel").status == 200)
            let empty = try await api.json("POST", "/v1/jobs", #"{"dataset": "n"}"#)
            expect(empty, 409, "dataset-empty", saying: "PUT an archive", "/v1/datasets/n")
            let third = try await api.ask("PUT", "/v1/datasets/n", [:], Self.archive)
            #expect(third.status == 202 && third.integer("dataset_version") == 2, "\(third.text)")
        }
    }

    // A client that tries again when the job is over, and those whose request is refused after the archive has come.
    @Test(.timeLimit(.minutes(2))) func keepsNoArchiveThatNoJobTakes() async throws {
        try await TestAPI.with { api in
            func put(_ archive: Data, key: String) async throws -> Answer {
                try await api.ask("PUT", "/v1/datasets/n", ["Idempotency-Key": key], archive)
            }
            let sweeper = BlobSweeper(catalog: api.catalog, blobs: api.disk, gate: api.environment.gate)
            func sweep(until left: [Data]) async throws {
                while try api.disk.digests().map({ try api.disk.read($0) }) != left {
                    try await sweeper.sweep()
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
            let first = try await put(Self.archive, key: "a")
            #expect(first.status == 202)
            expect(try await put(Self.archive + Data("b".utf8), key: "b"), 409, "dataset-busy")
            expect(try await put(Self.archive + Data("c".utf8), key: "a"), 422, "idempotency-key-reused")
            try await sweep(until: [Self.archive])
            #expect(try await api.ask("POST", "/v1/jobs/\(first.string("id"))/cancel").status == 200)
            try await sweep(until: [])
            #expect(try await put(Self.archive, key: "a").fields["idempotency-replayed"] == "true")
            try await sweep(until: [])
        }
    }

    // RFC 9112, 7.1.
    @Test func takesAnArchiveOfUnknownLength() async throws {
        try await TestAPI.with { api in
            let client = try api.connect()
            let head = TestAPI.head("PUT", "/v1/datasets/n", ["Transfer-Encoding": "chunked"], length: nil)
            try await client.send(head + Array("5\r\nPK an\r\n8\r\n archive\r\n0\r\n\r\n".utf8))
            #expect(try await client.receive().hasPrefix("HTTP/1.1 202 "))
            let digests = try api.disk.digests()
            #expect(try digests.map { try api.disk.read($0) } == [Data("PK an archive".utf8)])
        }
    }

    // The client goes away in the middle.
    @Test(.timeLimit(.minutes(2))) func keepsNothingOfAnUploadThatEndsEarly() async throws {
        try await TestAPI.with { api in
            let client = try api.connect()
            // Like a zip, and like no text.
            let part: [UInt8] = [0x50, 0x4B, 3, 4] + Array(repeating: 0, count: 500_000)
            try await client.send(TestAPI.head("PUT", "/v1/datasets/n", [:], length: 1_000_000) + part)
            while try api.disk.unfinished().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            client.reset()
            while try !api.disk.unfinished().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            #expect(try api.disk.digests().isEmpty)
            expect(try await api.get("/v1/datasets/n"), 404, "unknown-dataset")
            #expect(try await api.get("/v1/jobs").strings("jobs", "id").isEmpty)
        }
    }

    @Test func judgesWhatIsToBeImported() async throws {
        let cases: [(body: String, says: [String])] = [
            ("{}", ["'url'", "missing"]), (#"{"url": null}"#, ["'url'", "missing"]),
            (#"{"url": ""}"#, ["http://"]), (#"{"url": "ftp://example.com/a.zip"}"#, ["http://"]),
            (#"{"url": "file:///etc/passwd"}"#, ["http://"]), (#"{"url": "example.com/a.zip"}"#, ["http://"]),
            (#"{"url": 5}"#, ["must be a string"]),
            (#"{"url": "https://example.com/\#(String(repeating: "a", count: 8192))"}"#, ["8192 bytes"]),
            (#"{"url": "https://example.com/a.zip", "labels": "flat"}"#, ["'labels'", "auto, folders, filename, csv"]),
            (#"{"url": "https://example.com/a.zip", "mode": 1}"#, ["'mode'"]),
            (#"{"url": "https://example.com/a.zip", "priority": 1.5}"#, ["'priority'", "-100 to 100"]),
            (#"{"url": "https://example.com/a.zip", "priority": "1"}"#, ["'priority'", "-100 to 100"]),
        ]
        try await TestAPI.with { api in
            for (body, says) in cases {
                let answer = try await api.json("POST", "/v1/datasets/n/import", body)
                expect(answer, 400, "invalid-fields", in: String(body.prefix(80)))
                for says in says { #expect(answer.text.contains(says), "\(body.prefix(80)): \(answer.text)") }
            }
            #expect(try await api.get("/v1/jobs").strings("jobs", "id").isEmpty)
        }
    }

    @Test func importsOnlyWhereThatIsSwitchedOn() async throws {
        try await TestAPI.with({ $0.settings.importsAreEnabled = false }) { api in
            let answer = try await api.json("POST", "/v1/datasets/n/import", #"{"url": "https://example.com/a.zip"}"#)
            expect(answer, 403, "forbidden", saying: "import.enabled")
        }
    }

    // What the archive holds only the job finds out, and says it.
    @Test func tellsByTheJobWhatIsWrongWithAnArchive() async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            let upload = try await api.ask("PUT", "/v1/datasets/n", [:], Self.archive)
            let events = try await api.follow(upload.string("id"))
            #expect(events.last?.contains(#""code":"not_an_archive""#) == true, "\(events)")
            let job = try await api.get("/v1/jobs/\(upload.string("id"))")
            #expect(job.string("state") == "failed" && job.string("error.code") == "not_an_archive")
        }
    }
}

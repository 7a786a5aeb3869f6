import Foundation
import TestSupport
import Testing

/// `Idempotency-Key`: a request that is sent again is done once, and a key is not taken for two requests.
struct IdempotencyTests {
    private static let archive = Data("PK no real archive, which only the job finds out".utf8)

    @Test func answersTheSameRequestTheSame() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("flowers", photos: 1)
            let key = ["Idempotency-Key": "k"]
            let requests: [(method: String, path: String, type: String?, body: Data, other: Data)] = [
                ("PUT", "/v1/datasets/new", nil, Self.archive, Self.archive + Data("x".utf8)),
                (
                    "POST", "/v1/datasets/linked/import", "application/json",
                    Data(#"{"url": "https://example.com/a"}"#.utf8), Data(#"{"url": "https://example.com/b"}"#.utf8)
                ),
                (
                    "POST", "/v1/jobs", "application/json", Data(#"{"dataset": "flowers"}"#.utf8),
                    Data(#"{"dataset": "flowers", "seed": 1}"#.utf8)
                ),
                ("POST", "/v1/datasets/n/images?label=a", nil, Photos.photo("red"), Photos.photo("blue")),
            ]
            for (method, path, type, body, other) in requests {
                let fields = key.merging(type.map { ["Content-Type": $0] } ?? [:]) { first, _ in first }
                let first = try await api.ask(method, path, fields, body)
                #expect([201, 202].contains(first.status), "\(path): \(first.text)")
                let again = try await api.ask(method, path, fields, body)
                #expect(again.status == first.status && again.text == first.text, "\(path): \(again.text)")
                #expect(again.fields["location"] == first.fields["location"], "\(path)")
                #expect(first.fields["idempotency-replayed"] == nil, "\(path)")
                #expect(again.fields["idempotency-replayed"] == "true", "\(path)")
                let reused = try await api.ask(method, path, fields, other)
                expect(reused, 422, "idempotency-key-reused", saying: "'k'", "take a new one", in: path)
            }
            // Two ingests and a training, and nothing twice.
            #expect(try await api.get("/v1/jobs").strings("jobs", "kind").sorted() == ["ingest", "ingest", "train"])
            #expect(try await api.get("/v1/datasets/n").integer("images") == 1)
        }
    }

    // The label and the name are of the request as much as the picture is.
    @Test func takesAnotherQueryForAnotherRequest() async throws {
        try await TestAPI.with { api in
            func add(_ query: String) async throws -> Answer {
                try await api.ask(
                    "POST", "/v1/datasets/n/images?\(query)", ["Idempotency-Key": "k"], Photos.photo("red"))
            }
            #expect(try await add("label=a&name=1.png").status == 201)
            for query in ["label=b&name=1.png", "label=a&name=2.png"] {
                expect(try await add(query), 422, "idempotency-key-reused", in: query)
            }
        }
    }

    // The answer was lost, and meanwhile the dataset is gone: it is still the same request.
    @Test func answersTheSameAfterTheDatasetIsGone() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("flowers", photos: 1)
            func submit() async throws -> Answer {
                try await api.json("POST", "/v1/jobs", #"{"dataset": "flowers"}"#, ["Idempotency-Key": "k"])
            }
            let first = try await submit()
            _ = try await api.ask("POST", "/v1/jobs/\(first.string("id"))/cancel")
            #expect(try await api.ask("DELETE", "/v1/datasets/flowers").status == 204)
            let again = try await submit()
            #expect(again.status == 202 && again.string("id") == first.string("id"), "\(again.text)")
            #expect(again.fields["idempotency-replayed"] == "true" && first.fields["idempotency-replayed"] == nil)
        }
    }

    // Keys are of one method and path.
    @Test func tellsTheSameKeyOnTwoPathsApart() async throws {
        try await TestAPI.with { api in
            for name in ["a", "b"] {
                let answer = try await api.ask("PUT", "/v1/datasets/\(name)", ["Idempotency-Key": "k"], Self.archive)
                #expect(answer.status == 202 && answer.string("dataset") == name, "\(answer.text)")
            }
        }
    }

    @Test func refusesKeysThatAreNone() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("flowers", photos: 1)
            for key in ["", String(repeating: "k", count: 256)] {
                let fields = ["Idempotency-Key": key]
                let answers = [
                    try await api.ask("PUT", "/v1/datasets/new", fields, Self.archive),
                    try await api.json("POST", "/v1/jobs", #"{"dataset": "flowers"}"#, fields),
                    try await api.ask("POST", "/v1/datasets/n/images?label=a", fields, Photos.photo("red")),
                ]
                for answer in answers { expect(answer, 400, "bad-request", saying: "Idempotency-Key", "1 to 255") }
            }
            #expect(try await api.get("/v1/jobs").strings("jobs", "id").isEmpty)
            #expect(try api.disk.digests().count == 2)
        }
    }
}

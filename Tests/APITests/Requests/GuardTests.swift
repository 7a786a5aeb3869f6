import Foundation
import TestSupport
import Testing

/// What keeps pages of others, compressed bodies and too many bodies out.
struct GuardTests {
    private static let evil = ["Origin": "https://evil.example"]
    private static let app = ["Origin": "https://app.example"]

    // A browser sends a form without asking first.
    @Test func refusesPagesOfOthers() async throws {
        try await TestAPI.with { api in
            let form = Form([("a.png", Photos.photo("red"))])
            let photo = try await api.post("/v1/datasets/n/images?label=a", form, Self.evil)
            expect(
                photo, 403, "forbidden", saying: "https://evil.example", "server.cors_origins", "server.allowed_hosts")
            expect(try await api.ask("POST", "/v1/jobs/1/cancel", Self.evil), 403, "forbidden")
            expect(try await api.get("/v1/datasets/n"), 404, "unknown-dataset")
            let own = try await api.post("/v1/datasets/n/images?label=a", form, ["Origin": "http://x"])
            #expect(own.status == 201, "\(own.text)")
        }
    }

    // What a page needs beside the fields that the Fetch standard always allows.
    @Test func letsListedPagesUseTheWholeProtocol() async throws {
        try await TestAPI.with({ $0.origins = ["https://app.example"] }) { api in
            let asks = Self.app.merging(["Access-Control-Request-Method": "PUT"]) { first, _ in first }
            let allowed = try await api.ask("OPTIONS", "/v1/jobs", asks).fields["access-control-allow-headers"] ?? ""
            for field in ["Content-Type", "Authorization", "If-Match", "Idempotency-Key", "Last-Event-ID"] {
                #expect(allowed.contains(field), "\(field)")
            }
            let answer = try await api.ask("POST", "/v1/datasets/n/images?label=a", Self.app, Photos.photo("red"))
            #expect(answer.status == 201 && answer.fields["access-control-allow-origin"] == "https://app.example")
            let shown = answer.fields["access-control-expose-headers"]?.lowercased() ?? ""
            for field in ["etag", "location", "retry-after", "x-request-id", "idempotency-replayed"] {
                #expect(shown.contains(field), "\(field)")
            }
        }
    }

    @Test func refusesCompressedBodies() async throws {
        try await TestAPI.with { api in
            for (method, path, body) in Routes.json {
                let answer = try await api.json(method, path, body, ["Content-Encoding": "gzip"])
                expect(answer, 415, "unsupported-media-type", saying: "identity", in: "\(method) \(path)")
            }
        }
    }

    // Each way in which bodies are collected.
    @Test func refusesBodiesForWhichThereIsNoMemory() async throws {
        let change = { (setup: inout TestAPI.Setup) in (setup.memory, setup.labels) = (1000, Photos.colours) }
        try await TestAPI.with(change) { api in
            let long = Data(count: 2000)
            let calls = [
                try await api.ask("POST", "/classify", [:], long),
                try await api.post("/classify", Form([("a.png", long)])),
                try await api.json("POST", "/classify", String(repeating: " ", count: 2000)),
                try await api.ask("POST", "/v1/datasets/n/images?label=a", [:], long),
                try await api.post("/v1/datasets/n/images?label=a", Form([("a.png", long)])),
                try await api.json("POST", "/v1/jobs", String(repeating: " ", count: 2000)),
            ]
            for answer in calls {
                expect(answer, 413, "content-too-large", saying: "limits.bodies_in_memory")
            }
            // An archive goes to the disk.
            let archive = try await api.ask("PUT", "/v1/datasets/n", [:], Data("PK".utf8) + long)
            #expect(archive.status == 202, "\(archive.text)")
        }
    }

    // Photos that are stored are not in memory any more.
    @Test func takesMorePhotosThanFitIntoMemory() async throws {
        let photo = Photos.photo("red")
        try await TestAPI.with({ $0.memory = photo.count * 70 }) { api in
            let form = Form((0..<200).map { (name: "\($0).png", bytes: photo) })
            let answer = try await api.post("/v1/datasets/n/images?label=a", form)
            #expect(answer.status == 201, "\(answer.text.prefix(500))")
        }
    }

    @Test func saysWhereParametersBelong() async throws {
        try await TestAPI.with({ $0.labels = Photos.colours }) { api in
            var form = Form()
            form.add(#"name="label""#, Data("pug".utf8))
            let label = try await api.post("/v1/datasets/n/images?label=a", form)
            expect(label, 400, "bad-request", saying: "'label' belongs in the URL", "?label=pug")
            form = Form()
            form.add(#"name="top_k""#, Data("5".utf8))
            let topK = try await api.post("/classify", form)
            expect(topK, 400, "bad-request", saying: "'top_k' belongs in the URL")
        }
    }
}

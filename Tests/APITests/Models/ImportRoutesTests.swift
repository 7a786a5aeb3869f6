import Domain
import Foundation
import Jobs
import Storage
import TestSupport
import Testing

/// `/v1/models/{model}/import`: what another server has exported. What of a file is looked at is tested in
/// `Tests/JobsTests/Exchange`.
struct ImportRoutesTests {
    private let path = "/v1/models/taken/import"

    /// The file of a model that is trained first.
    private func bundle(_ api: TestAPI) async throws -> Data {
        try await api.addModel("m")
        let version: ModelVersion = try await api.catalog.requiredVersion(1, of: ResourceName("m", kind: "model"))
        return try await ModelExporter(blobs: api.environment.blobs, backbones: api.environment.backbones, regraft: "1")
            .file(of: version, as: "bundle").data
    }

    @Test func imports() async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            let file = try await bundle(api)
            let types = [
                nil, "application/octet-stream", "application/vnd.regraft.bundle", "Application/Octet-Stream; a=b",
            ]
            for (index, type) in types.enumerated() {
                let answer = try await api.ask("POST", path, type.map { ["Content-Type": $0] } ?? [:], file)
                #expect(answer.status == 201, "\(answer.text)")
                #expect(answer.fields["location"] == "/v1/models/taken/versions/\(index + 1)")
                #expect(
                    answer.integer("imported.version") == index + 1 && answer["promotion.promoted"] as? Bool == true)
            }
            let version = try await api.get("/v1/models/taken/versions/1")
            #expect(
                version.string("origin") == "imported" && version.string("imported.model") == "m", "\(version.text)")
            for field in ["dataset", "dataset_version", "job"] { #expect(version[field] is NSNull, "\(field)") }
            let trained = try await api.get("/v1/models/m/versions/1")
            #expect(trained.string("origin") == "trained" && trained["imported"] is NSNull)
            #expect(version.string("head_sha256") == trained.string("head_sha256"))
            #expect(try await api.get("/v1/models/taken").integer("aliases.0.version") == types.count)
            // The same picture, the same answer, to the last digit.
            var answers: [String] = []
            for model in ["m", "taken"] {
                let answer = try await api.ask("POST", "/v1/models/\(model)/classify", [:], Photos.photo("red", 50))
                let predictions = try #require(answer["predictions"] as? [[String: Any]], "\(answer.text)")
                let texts = predictions.map { "\($0["label"] ?? "") \($0["probability"] as? Double ?? -1)" }
                answers.append(texts.joined(separator: ", "))
            }
            #expect(answers[0] == answers[1] && answers[0].hasPrefix("red "))
        }
    }

    @Test func movesLatestAsItIsTold() async throws {
        try await TestAPI.with({
            $0.runsJobs = true
            $0.settings.promotion = .manual
        }) { api in
            let file = try await bundle(api)
            func promoted(_ query: String) async throws -> Any? {
                try await api.ask("POST", path + query, [:], file)["promotion.promoted"]
            }
            #expect(try await promoted("") as? Bool == false)
            #expect(try await promoted("?promotion=if-better") as? Bool == true)
            #expect(try await promoted("?promotion=if-better") as? Bool == false)
            #expect(try await promoted("?promotion=latest") as? Bool == true)
            let wrong = try await api.ask("POST", path + "?promotion=best", [:], file)
            expect(wrong, 400, "invalid-parameters", saying: "latest, if-better, manual")
        }
    }

    @Test func isDoneOnceForAKey() async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            let file = try await bundle(api)
            let key = ["Idempotency-Key": "k"]
            let first = try await api.ask("POST", path, key, file)
            let again = try await api.ask("POST", path, key, file)
            #expect(first.status == 201 && again.status == 201 && again.text == first.text, "\(again.text)")
            #expect(first.fields["idempotency-replayed"] == nil && again.fields["idempotency-replayed"] == "true")
            #expect(again.fields["location"] == first.fields["location"])
            let other = try await api.ask("POST", path + "?promotion=manual", key, file)
            expect(other, 422, "idempotency-key-reused", saying: "'k'")
            #expect(try await api.get("/v1/models/taken").integer("versions.0.version") == 1)
            // The key is looked at before the file is.
            let long = ["Idempotency-Key": String(repeating: "k", count: 256)]
            expect(try await api.ask("POST", path, long, Data("x".utf8)), 400, "bad-request", saying: "255")
        }
    }

    @Test func refuses() async throws {
        try await TestAPI.with({
            $0.runsJobs = true
            $0.settings.bundleBytes = 100_000
            $0.settings.maximumModels = 1
        }) { api in
            let file = try await bundle(api)
            var damaged = file
            damaged[file.count / 2] ^= 1
            let cases: [(type: String?, body: Data, status: Int, kind: String, says: String)] = [
                (nil, Data(), 400, "bad-request", "empty"),
                (nil, Data(count: 100_001), 413, "content-too-large", "100000"),
                ("application/json", file, 415, "unsupported-media-type", "-X POST -T"),
                ("application/x-www-form-urlencoded", file, 415, "unsupported-media-type", "-X POST -T"),
                (nil, damaged, 422, "unusable-bundle", "checksum"),
                (nil, file.dropLast(9), 422, "unusable-bundle", "cut off"),
                (nil, Data("PK".utf8), 422, "unusable-bundle", "does not begin"),
                (nil, Data(#"{"format": "regraft-bundle"}"#.utf8), 422, "unusable-bundle", "head alone"),
                (nil, file, 409, "too-many-models", "models.maximum"),
            ]
            for (type, body, status, kind, says) in cases {
                let answer = try await api.ask("POST", path, type.map { ["Content-Type": $0] } ?? [:], body)
                expect(answer, status, kind, saying: says)
            }
            expect(try await api.ask("POST", path + "?x=1", [:], file), 400, "invalid-parameters", saying: "'x'")
            expect(try await api.get("/v1/models/taken"), 404, "unknown-model")
            // One of a model that is there already is none more.
            #expect(try await api.ask("POST", "/v1/models/m/import", [:], file).status == 201)
        }
    }

    // By a key for classifying nobody brings models in, or takes them away.
    @Test func isForAdministrators() async throws {
        // As `printf secret | sha256sum` prints it.
        let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
        try await TestAPI.with({ $0.keys = [.init(sha256: hash, isAdmin: false)] }) { api in
            let fields = ["Authorization": "Bearer secret"]
            expect(try await api.ask("POST", path, fields, Data("x".utf8)), 403, "forbidden")
            let export = try await api.get("/v1/models/m/versions/1/export?format=bundle", fields)
            expect(export, 403, "forbidden")
            expect(try await api.ask("POST", path, [:], Data("x".utf8)), 401, "unauthorized")
        }
    }

    // What has to do with the photos that it was trained on, which are not here, says so.
    @Test func answersWithoutItsPhotos() async throws {
        try await TestAPI.with({
            $0.runsJobs = true
            $0.hasFeatureMap = true
        }) { api in
            let file = try await bundle(api)
            #expect(try await api.ask("POST", path, [:], file).status == 201)
            let compare = try await api.get("/v1/models/taken/compare?a=1&b=latest")
            expect(compare, 409, "not-comparable", saying: "was imported")
            let evaluation = try await api.get("/v1/models/taken/versions/1/evaluation")
            #expect(evaluation["test_image_ids"] is NSNull && evaluation["validation_image_ids"] is NSNull)
            let page = try await api.get("/v1/models/taken/versions/1/evaluation", ["Accept": "text/html"])
            #expect(page.status == 200 && !page.text.contains("<img") && page.text.contains("was imported"))
            #expect(try await api.get("/v1/models/taken/versions/1/misclassified").status == 200)
            let explained = try await api.ask(
                "POST", "/v1/models/taken/classify?explain=neighbors,cam", [:], Photos.photo("red", 50))
            #expect(explained.status == 200, "\(explained.text)")
            #expect((explained["explanations.neighbors"] as? [Any])?.isEmpty == true)
            #expect(explained.string("explanations.neighbors_note").contains("was imported"))
            #expect(explained.string("explanations.cam.label") == "red")
            #expect(try await api.get("/v2/models/taken").status == 200)
            #expect(try await api.ask("DELETE", "/v1/models/taken").status == 204)
        }
    }
}

import Foundation
import TestSupport
import Testing

/// `POST /v1/datasets/{dataset}/images/changes`
struct ImageChangeTests {
    private static let path = "/v1/datasets/n/images/changes"

    @Test func makesOneVersion() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", labels: ["red"], photos: 4)
            let body =
                #"{"changes": [{"image": 1, "label": "blue"}, {"image": 2, "delete": true}, {"image": 3, "label": "red"}]}"#
            let answer = try await api.json("POST", Self.path, body)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.integer("version") == 2 && answer.integer("images") == 3 && answer.string("dataset") == "n")
            #expect(
                answer.integer("relabelled") == 1 && answer.integer("deleted") == 1 && answer.integer("merged") == 0)
            let images = try await api.get("/v1/datasets/n/images")
            #expect(images.strings("images", "label") == ["blue", "red", "red"], "\(images.text)")
        }
    }

    @Test func doesItOnceForAKey() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", labels: ["red"], photos: 3)
            func send(_ changes: String) async throws -> Answer {
                try await api.json("POST", Self.path, #"{"changes": [\#(changes)]}"#, ["Idempotency-Key": "k"])
            }
            let first = try await send(#"{"image": 1, "delete": true}"#)
            let again = try await send(#"{"delete": true, "image": 1}"#)
            #expect(first.status == 200 && again.status == 200 && first.text == again.text, "\(again.text)")
            #expect(first.fields["idempotency-replayed"] == nil && again.fields["idempotency-replayed"] == "true")
            // Another photo, another action, one more, and labels that would be one text without their lengths.
            for changes in [
                #"{"image": 2, "delete": true}"#, #"{"image": 1, "label": "a"}"#,
                #"{"image": 1, "delete": true}, {"image": 2, "delete": true}"#,
            ] { expect(try await send(changes), 422, "idempotency-key-reused", in: changes) }
            #expect(try await api.get("/v1/datasets/n").integer("version") == 2)
        }
    }

    @Test func refusesWhatIsNoChange() async throws {
        let many = (0..<1001).map { #"{"image": \#($0 + 1), "delete": true}"# }.joined(separator: ", ")
        let cases: [(body: String, status: Int, type: String, says: String)] = [
            ("{}", 400, "invalid-fields", "'changes'"), (#"{"changes": []}"#, 400, "invalid-fields", "empty"),
            (#"{"changes": 1}"#, 400, "invalid-fields", "list"),
            (#"{"changes": [1]}"#, 400, "invalid-fields", "changes[0]"),
            (#"{"changes": [{}]}"#, 400, "invalid-fields", "changes[0].image"),
            (#"{"changes": [{"image": 1}]}"#, 400, "invalid-fields", "'label', or 'delete'"),
            (#"{"changes": [{"image": 1, "delete": false}]}"#, 400, "invalid-fields", "'label', or 'delete'"),
            (#"{"changes": [{"image": 1, "label": "a", "delete": true}]}"#, 400, "invalid-fields", "either"),
            (#"{"changes": [{"image": 1, "label": ""}]}"#, 400, "invalid-fields", "must not be empty"),
            (#"{"changes": [{"image": "1", "label": "a"}]}"#, 400, "invalid-fields", "changes[0].image"),
            (
                #"{"changes": [{"image": 1, "label": "a"}, {"image": 0, "label": "a"}]}"#, 400, "invalid-fields",
                "changes[1]"
            ),
            (#"{"changes": [{"image": 1, "label": "a", "split": "test"}]}"#, 400, "invalid-fields", "changes[0].split"),
            (
                #"{"changes": [{"image": 1, "label": "a"}, {"image": 1, "delete": true}]}"#, 400, "image-changed-twice",
                "1"
            ),
            (#"{"changes": [{"image": 1, "label": "a"}, {"image": 99, "delete": true}]}"#, 404, "unknown-image", "99"),
            (#"{"changes": [\#(many)]}"#, 413, "content-too-large", "1000"),
        ]
        try await TestAPI.with { api in
            try await api.addDataset("n", labels: ["red"], photos: 2)
            for (body, status, type, says) in cases {
                expect(
                    try await api.json("POST", Self.path, body), status, type, saying: says, in: "\(body.prefix(90))")
            }
            expect(
                try await api.json(
                    "POST", "/v1/datasets/none/images/changes", #"{"changes": [{"image": 1, "delete": true}]}"#),
                404, "unknown-dataset")
            expect(try await api.ask("POST", Self.path, [:], Data("x".utf8)), 415, "unsupported-media-type")
            expect(try await api.json("POST", "\(Self.path)?a=1", "{}"), 400, "invalid-parameters")
            #expect(try await api.get("/v1/datasets/n").integer("version") == 1)
        }
    }
}

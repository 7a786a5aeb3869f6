import Foundation
import TestSupport
import Testing

/// Labels: any Unicode of 1 to 200 bytes of UTF-8, kept exactly.
struct LabelTests {
    private static let labels = [
        "a", " ", "red rose", "a/b\\c", "..", "?&=#%+", "\"'<b>", "line\nbreak\ttab", "\u{7F}\u{1}", "\u{FEFF}bom",
        "日本語", "العربية", "👩‍👩‍👧", "e\u{301}", "\u{E9}", "\u{212B}", "\u{C5}", "A\u{30A}",
        "\u{202E}turned", "\u{10FFFF}", String(repeating: "a", count: 200), String(repeating: "é", count: 100),
    ]

    private func encoded(_ label: String) -> String {
        label.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private struct Labelled: Decodable { var label: String }
    private struct Images: Decodable { var images: [Labelled] }
    private struct Labels: Decodable { var labels: [Labelled] }

    /// Not by `JSONSerialization`, which drops a byte order mark at the beginning of a string.
    private func decode<Document: Decodable>(_ answer: Answer, as: Document.Type) throws -> Document {
        try JSONDecoder().decode(Document.self, from: Data(answer.text.utf8))
    }

    private func labels(in answer: Answer) throws -> [[UInt8]] {
        try decode(answer, as: Images.self).images.map { bytes($0.label) }
    }

    // Three spellings of Å, and two of é, are labels of their own.
    @Test func keepsLabelsExactly() async throws {
        try await TestAPI.with { api in
            for (number, label) in Self.labels.enumerated() {
                let path = "/v1/datasets/all/images?label=\(encoded(label))"
                let answer = try await api.ask("POST", path, [:], Photos.photo("red", number))
                #expect(answer.status == 201, "\(label): \(answer.text)")
                #expect(try labels(in: answer) == [bytes(label)])
            }
            let shown = try decode(try await api.get("/v1/datasets/all"), as: Labels.self).labels.map {
                bytes($0.label)
            }
            #expect(Set(shown) == Set(Self.labels.map(bytes)) && shown.count == Self.labels.count)
            for label in Self.labels {
                let images = try await api.get("/v1/datasets/all/images?label=\(encoded(label))")
                #expect(try labels(in: images) == [bytes(label)])
            }
        }
    }

    @Test func relabelsExactly() async throws {
        try await TestAPI.with { api in
            let added = try await api.ask("POST", "/v1/datasets/n/images?label=a", [:], Photos.photo("red"))
            let path = "/v1/datasets/n/images/\(added.integer("images.0.id"))"
            for label in Self.labels {
                let body = try JSONSerialization.data(withJSONObject: ["label": label])
                let answer = try await api.ask("PATCH", path, ["Content-Type": "application/json"], body)
                #expect(answer.status == 200, "\(answer.text)")
                let images = try await api.get("/v1/datasets/n/images")
                #expect(try labels(in: images) == [bytes(label)])
            }
        }
    }

    @Test func refusesWhatIsNoLabel() async throws {
        let cases: [(label: String, says: String)] = [
            ("", "must not be empty"), (String(repeating: "a", count: 201), "has 201"),
            (String(repeating: "é", count: 100) + "a", "has 201"), ("a\u{0}b", "NUL"),
        ]
        try await TestAPI.with { api in
            try await api.addDataset("n", labels: ["red"], photos: 1)
            for (label, says) in cases {
                let query = "?label=\(encoded(label))"
                let answers = [
                    try await api.ask("POST", "/v1/datasets/n/images\(query)", [:], Photos.photo("red")),
                    try await api.get("/v1/datasets/n/images\(query)"),
                ]
                for answer in answers {
                    expect(answer, 400, "invalid-parameters", saying: "label", says, in: String(label.prefix(10)))
                }
                let body = try JSONSerialization.data(withJSONObject: ["label": label])
                let patch = try await api.ask(
                    "PATCH", "/v1/datasets/n/images/1", ["Content-Type": "application/json"], body)
                expect(patch, 400, "invalid-fields", saying: "label", says, in: String(label.prefix(10)))
            }
            for body in [#"{"label": 5}"#, #"{"label": ["a"]}"#, #"{"label": true}"#] {
                let answer = try await api.json("PATCH", "/v1/datasets/n/images/1", body)
                expect(answer, 400, "invalid-fields", saying: "must be a string", in: body)
            }
            for body in [#"{"label": null}"#, "{}"] {
                let answer = try await api.json("PATCH", "/v1/datasets/n/images/1", body)
                expect(answer, 400, "invalid-fields", saying: "'label'", "missing", in: body)
            }
            #expect(try await api.get("/v1/datasets/n").integer("version") == 1)
        }
    }
}

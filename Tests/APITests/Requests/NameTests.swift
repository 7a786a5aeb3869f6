import Foundation
import TestSupport
import Testing

/// Names of datasets, models and aliases: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
struct NameTests {
    private static let wrong = [
        "-a", ".a", "_a", "a%20b", "a+b", "a:b", "a%25b", "%C3%A4", "%EF%BC%A1", "~a", "a@b",
        String(repeating: "a", count: 65),
    ]
    private static let right = ["A", "0", "a.b_c-d", "a..", String(repeating: "a", count: 64)]

    @Test func judgesNamesInPaths() async throws {
        try await TestAPI.with { api in
            for (pattern, methods) in Routes.all where pattern.contains("N") {
                for method in methods {
                    // What would be missed before the name is looked at.
                    let needed = ["export": "?format=labels", "compare": "?a=1", "images": "?label=a"]
                    let last = pattern.split(separator: "/").last.map(String.init) ?? ""
                    let query = last == "images" && method != "POST" ? "" : needed[last] ?? ""
                    func ask(_ name: String) async throws -> Answer {
                        try await api.ask(method, pattern.replacing("N", with: name, maxReplacements: 1) + query)
                    }
                    for name in Self.wrong {
                        let answer = try await ask(name)
                        expect(answer, 400, "invalid-name", saying: "A-Z a-z 0-9", in: "\(method) \(pattern) \(name)")
                    }
                    for name in Self.right {
                        let answer = try await ask(name)
                        #expect(!answer.string("type").hasSuffix("invalid-name"), "\(method) \(pattern) \(name)")
                    }
                }
            }
        }
    }

    // What the HTTP layer refuses before any route sees it.
    @Test func refusesPathsThatLeadElsewhere() async throws {
        try await TestAPI.with { api in
            for name in ["..", "%2e%2e", "a%2Fb", "a%00b", "a%0Ab", "%ff", "a%2"] {
                expect(try await api.get("/v1/datasets/\(name)"), 400, "bad-request", in: name)
            }
        }
    }

    @Test func judgesNamesInQueriesAndBodies() async throws {
        try await TestAPI.with { api in
            for name in Self.wrong + [""] where name != "a+b" {
                for path in ["/v1/jobs?dataset=", "/v1/jobs?model="] {
                    let answer = try await api.get(path + name)
                    expect(answer, 400, "invalid-parameters", saying: "A-Z a-z 0-9", in: path + name)
                }
                let model = try await api.ask("POST", "/classify?model=" + name)
                expect(model, 400, "invalid-parameters", saying: "A-Z a-z 0-9", in: name)
                let text = name.removingPercentEncoding ?? ""
                for field in ["dataset", "model"] {
                    let body =
                        field == "model" ? #"{"dataset": "x", "model": "\#(text)"}"# : #"{"dataset": "\#(text)"}"#
                    let answer = try await api.json("POST", "/v1/jobs", body)
                    expect(answer, 400, "invalid-fields", saying: "A-Z a-z 0-9", in: body)
                    #expect(answer.strings("errors", "subject") == [field], "\(body)")
                }
            }
        }
    }

    @Test func knowsUpperFromLowerCase() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("Flowers", photos: 1)
            #expect(try await api.get("/v1/datasets/Flowers").status == 200)
            expect(try await api.get("/v1/datasets/flowers"), 404, "unknown-dataset", saying: "'flowers'")
        }
    }

    // A number that is none leads nowhere, and neither does one beyond all numbers.
    @Test func judgesNumbersInPaths() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("flowers", labels: ["red"], photos: 1)
            for number in ["0", "-1", "2", "9223372036854775807", "-9223372036854775808"] {
                let report = try await api.get("/v1/datasets/flowers/versions/\(number)/report")
                expect(report, 404, "unknown-version", saying: number, in: number)
                let image = try await api.get("/v1/datasets/flowers/images/\(number)")
                expect(image, 404, "unknown-image", saying: number, in: number)
            }
            for number in ["x", "1.0", "9223372036854775808", "0x1"] {
                for path in ["/v1/datasets/flowers/versions/\(number)/report", "/v1/datasets/flowers/images/\(number)"]
                {
                    expect(try await api.get(path), 404, "not-found", saying: number, in: path)
                }
            }
        }
    }
}

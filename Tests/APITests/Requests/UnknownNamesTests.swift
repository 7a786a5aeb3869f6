import Foundation
import TestSupport
import Testing

/// What no route knows is refused by its name, so that a misspelling is not taken for a wish that was granted.
struct UnknownNamesTests {
    @Test func refusesUnknownParameters() async throws {
        try await TestAPI.with { api in
            for (path, methods) in Routes.all {
                for method in methods {
                    let answer = try await api.ask(method, path + "?colour=1")
                    expect(answer, 400, "invalid-parameters", in: "\(method) \(path)")
                    #expect(answer.strings("errors", "subject").contains("colour"), "\(method) \(path)")
                }
            }
        }
    }

    @Test func saysWhichParametersThereAre() async throws {
        let cases = [
            ("/v1/jobs", "cursor, dataset, kind, limit, model, state"),
            ("/v1/datasets/N/images", "cursor, label, limit, split, version"),
            ("/v1/backbones", "there are none"),
        ]
        try await TestAPI.with { api in
            for (path, known) in cases {
                expect(try await api.get(path + "?colour=1"), 400, "invalid-parameters", saying: known, in: path)
            }
        }
    }

    @Test func refusesParametersGivenTwice() async throws {
        try await TestAPI.with { api in
            let answer = try await api.get("/v1/jobs?limit=1&limit=2")
            expect(answer, 400, "invalid-parameters", saying: "'limit'", "twice")
        }
    }

    @Test func refusesUnknownFields() async throws {
        try await TestAPI.with { api in
            for (method, path, body) in Routes.json + [("POST", "/v1/jobs/1/cancel", "{}")] {
                let more = body.dropLast() + (body == "{}" ? "" : ",") + #" "colour": 1}"#
                let answer = try await api.json(method, path, String(more))
                expect(answer, 400, "invalid-fields", saying: "'colour'", in: "\(method) \(path)")
                #expect(answer.strings("errors", "subject") == ["colour"], "\(method) \(path)")
            }
        }
    }

    // All at once: nobody should need five requests to find five mistakes.
    @Test func namesEachMistake() async throws {
        try await TestAPI.with { api in
            let answer = try await api.json(
                "POST", "/v1/jobs", #"{"model": "a b", "seed": -1, "recipe": "magic", "epochs": 3, "fit": 7}"#)
            expect(answer, 400, "invalid-fields", saying: "6 fields")
            #expect(
                answer.strings("errors", "subject").sorted() == ["dataset", "epochs", "fit", "model", "recipe", "seed"])
        }
    }

    // A name as long as the whole body is not sent back.
    @Test func shortensLongNames() async throws {
        try await TestAPI.with { api in
            let name = String(repeating: "x", count: 100_000)
            let answers = [
                try await api.json("POST", "/v1/jobs", #"{"dataset": "N", "\#(name)": 1}"#),
                try await api.json("POST", "/v1/jobs", #"{"dataset": "\#(name)"}"#),
                try await api.json("PATCH", "/v1/datasets/N/images/1", #"{"label": "\#(name)"}"#),
            ]
            for answer in answers {
                expect(answer, 400, "invalid-fields")
                #expect(answer.text.utf8.count < 3000)
            }
        }
    }
}

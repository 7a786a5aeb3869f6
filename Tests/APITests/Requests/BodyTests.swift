import Foundation
import TestSupport
import Testing

/// JSON bodies that are none, on every route that takes one.
struct BodyTests {
    @Test func refusesWhatIsNoJSONObject() async throws {
        let cases: [(body: String, says: String)] = [
            ("", "empty"), ("{", "no valid JSON"), ("[]", "must be a JSON object"), ("null", "must be a JSON object"),
            (#""{}""#, "must be a JSON object"), ("{} {}", "no valid JSON"),
            (#"{"dataset": "\ud800"}"#, "no valid JSON"),
            ("{'dataset': 'N'}", "no valid JSON"), (#"{"dataset": NaN}"#, "no valid JSON"),
            (String(repeating: "[", count: 100_000), "no valid JSON"),
        ]
        try await TestAPI.with { api in
            for (method, path, _) in Routes.json {
                for (body, says) in cases {
                    let answer = try await api.json(method, path, body)
                    expect(answer, 400, "bad-request", saying: says, in: "\(method) \(path) \(body.prefix(40))")
                }
            }
        }
    }

    @Test func refusesOtherTypes() async throws {
        let types: [String?] = [nil, "text/plain", "application/x-www-form-urlencoded", "application/xml", "json", ""]
        try await TestAPI.with { api in
            for (method, path, body) in Routes.json {
                for type in types {
                    let fields = type.map { ["Content-Type": $0] } ?? [:]
                    let answer = try await api.ask(method, path, fields, Data(body.utf8))
                    expect(
                        answer, 415, "unsupported-media-type", saying: "Content-Type: application/json",
                        in: "\(method) \(path) \(type ?? "none")")
                }
            }
        }
    }

    // RFC 9110, 8.3: types are not case sensitive and may have parameters.
    @Test func takesJSONHoweverItsTypeIsSpelt() async throws {
        try await TestAPI.with { api in
            for type in ["application/json", "Application/JSON", "application/json; charset=utf-8"] {
                let answer = try await api.json("POST", "/v1/jobs", #"{"dataset": "N"}"#, ["Content-Type": type])
                expect(answer, 404, "unknown-dataset", in: type)
            }
        }
    }

    @Test func refusesWhatIsTooLong() async throws {
        let change = { (setup: inout TestAPI.Setup) in
            setup.labels = Photos.colours
            (setup.settings.requestBytes, setup.settings.classifyBytes, setup.settings.uploadBytes) = (100, 100, 100)
        }
        try await TestAPI.with(change) { api in
            let long = String(repeating: " ", count: 200)
            for (method, path, body) in Routes.json {
                let answer = try await api.json(method, path, body + long)
                expect(answer, 413, "content-too-large", saying: "100 bytes", in: "\(method) \(path)")
            }
            for (method, path) in [
                ("POST", "/classify"), ("PUT", "/v1/datasets/N"), ("POST", "/v1/datasets/N/images?label=a"),
            ] {
                let answer = try await api.ask(method, path, [:], Photos.photo("red"))
                expect(answer, 413, "content-too-large", saying: "100 bytes", in: "\(method) \(path)")
            }
        }
    }

    // Many clients send an empty object where there is nothing to say.
    @Test func takesAnEmptyObjectToCancel() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("flowers", photos: 1)
            for body in ["", "{}"] {
                let job = try await api.train("flowers")
                let answer = try await api.json("POST", "/v1/jobs/\(job)/cancel", body)
                #expect(answer.status == 200 && answer.string("state") == "cancelled", "\(answer.text)")
            }
        }
    }
}

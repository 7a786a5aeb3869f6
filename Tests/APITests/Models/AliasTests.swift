import Foundation
import TestSupport
import Testing

/// `/v1/models/{model}/aliases/{alias}`, with preconditions as RFC 9110, 13.1 has them.
struct AliasTests {
    private func with(_ body: (TestAPI) async throws -> Void) async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addModel("m", versions: 2)
            try await body(api)
        }
    }

    private static let best = "/v1/models/m/aliases/best"

    @Test func movesOnlyWhatIsAsExpected() async throws {
        // In this order; the alias is not there at first, and each success makes the next generation of it.
        let steps: [(fields: [String: String], version: Int, status: Int)] = [
            (["If-Match": "*"], 1, 412), (["If-Match": "\"0\""], 1, 412), (["If-Match": "\"1\""], 1, 412),
            (["If-None-Match": "*"], 1, 200),
            (["If-None-Match": "*"], 2, 412), (["If-None-Match": "\"1\""], 2, 412),
            (["If-None-Match": "W/\"1\""], 2, 412),
            (["If-Match": "\"2\""], 2, 412), (["If-Match": "\"x\""], 2, 412), (["If-Match": "W/\"1\""], 2, 412),
            (["If-Match": "\"1\""], 2, 200),
            (["If-Match": "\"1\""], 1, 412),
            (["If-Match": "\"7\", \"2\""], 1, 200), (["If-Match": "*"], 2, 200), ([:], 1, 200),
            (["If-None-Match": "\"1\""], 2, 200),
        ]
        try await with { api in
            var generation = 0
            for (fields, version, status) in steps {
                let answer = try await api.json("PUT", Self.best, #"{"version": \#(version)}"#, fields)
                if status == 412 {
                    expect(answer, 412, "generation-mismatch", saying: "Look at it again", in: "\(fields)")
                } else {
                    generation += 1
                    #expect(answer.status == status && answer.integer("version") == version, "\(fields) \(answer.text)")
                    #expect(answer.fields["etag"] == "\"\(generation)\"", "\(fields)")
                }
            }
            let shown = try await api.get(Self.best)
            #expect(shown.fields["etag"] == "\"\(generation)\"" && shown.integer("alias.version") == 2)
            #expect((shown["history"] as? [[String: Any]])?.count == generation)
        }
    }

    @Test func refusesTagsThatAreNone() async throws {
        try await with { api in
            for field in ["If-Match", "If-None-Match"] {
                let answer = try await api.json("PUT", Self.best, #"{"version": 1}"#, [field: "3"])
                expect(answer, 400, "bad-request", saying: "with the quotes", in: field)
            }
            expect(try await api.get(Self.best), 404, "unknown-alias")
        }
    }

    @Test func removesOnlyWhatIsAsExpected() async throws {
        try await with { api in
            _ = try await api.json("PUT", Self.best, #"{"version": 1}"#)
            let changed = try await api.ask("DELETE", Self.best, ["If-Match": "\"2\""])
            expect(changed, 412, "generation-mismatch", saying: "ETag is \\\"1\\\"")
            #expect(try await api.get(Self.best).status == 200)
            #expect(try await api.ask("DELETE", Self.best, ["If-Match": "\"1\""]).status == 204)
            expect(try await api.ask("DELETE", Self.best), 404, "unknown-alias", saying: "'best'")
        }
    }

    @Test func refusesWrongVersions() async throws {
        try await with { api in
            for version in ["0", "-1", "1.5", "\"1\"", "true", "null", "2147483648"] {
                let answer = try await api.json("PUT", Self.best, #"{"version": \#(version)}"#)
                expect(answer, 400, "invalid-fields", saying: "'version'", in: version)
            }
            expect(try await api.json("PUT", Self.best, #"{"version": 9}"#), 404, "unknown-version", saying: "9")
            let none = try await api.json("PUT", "/v1/models/none/aliases/best", #"{"version": 1}"#)
            expect(none, 404, "unknown-model", saying: "'none'")
            // `?version=2` could then mean either.
            let number = try await api.json("PUT", "/v1/models/m/aliases/2", #"{"version": 1}"#)
            expect(number, 400, "invalid-name", saying: "a number names a version")
        }
    }

    // A rollback is a PUT, and the next picture is answered by it.
    @Test func answersByTheVersionThatAnAliasNames() async throws {
        try await with { api in
            let (latest, classify) = ("/v1/models/m/aliases/latest", "/v1/models/m/classify")
            func version(_ query: String = "") async throws -> Int {
                try await api.ask("POST", classify + query, [:], Photos.photo("red")).integer("version")
            }
            #expect(try await version() == 2)
            #expect(try await api.json("PUT", latest, #"{"version": 1}"#).status == 200)
            #expect(try await version() == 1)
            #expect(try await version("?version=2") == 2)
            #expect(try await version("?version=latest") == 1)
            expect(
                try await api.ask("DELETE", "/v1/models/m/versions/1"), 409, "version-in-use", saying: "'latest'",
                "move")
            #expect(try await api.ask("DELETE", "/v1/models/m/versions/2").status == 204)
            let gone = try await api.ask("POST", classify + "?version=2", [:], Photos.photo("red"))
            expect(gone, 404, "unknown-version")
            #expect(try await api.ask("DELETE", latest).status == 204)
            let none = try await api.ask("POST", classify, [:], Photos.photo("red"))
            expect(none, 404, "unknown-alias", saying: "PUT an alias")
        }
    }
}

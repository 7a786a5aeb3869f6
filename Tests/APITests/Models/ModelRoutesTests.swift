import Foundation
import TestSupport
import Testing

/// `/v1/models`: what was trained, and how good it is.
struct ModelRoutesTests {
    @Test func showsWhatWasTrained() async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addModel("m", versions: 2)
            let model = try await api.get("/v1/models/m?limit=1")
            #expect(model.integer("versions.0.version") == 2 && model.string("next_cursor") == "2", "\(model.text)")
            let first = try await api.get("/v1/models/m?limit=1&cursor=2")
            #expect(first.integer("versions.0.version") == 1 && first["next_cursor"] is NSNull)
            #expect(model.string("aliases.0.alias") == "latest" && model.integer("aliases.0.version") == 2)
            #expect(try await api.get("/v1/models").integer("models.0.aliases.latest") == 2)
            let version = try await api.get("/v1/models/m/versions/1")
            #expect(version["labels"] as? [String] == ["blue", "red"], "\(version.text)")
            #expect(version.string("dataset") == "m" && version.string("backbone") == "stub")
            #expect(try await api.get("/v1/models/m/versions/1/evaluation").status == 200)
            let mistakes = try await api.get("/v1/models/m/versions/1/misclassified")
            #expect(mistakes.status == 200 && mistakes["images"] is [Any], "\(mistakes.text)")
            // The dataset says what each photo was used for.
            let counts = try await api.get("/v1/datasets/m")
            let used = ["train", "validation", "test"].map { counts.integer("labels.0.\($0)") }
            #expect(used.reduce(0, +) == 10 && used.allSatisfy { $0 > 0 }, "\(counts.text)")
            #expect(try await api.get("/v1/datasets/m/images?split=test").strings("images", "id").count == used[2] * 2)
        }
    }

    @Test func saysWhatIsNotThere() async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addModel("m")
            for more in ["", "/evaluation", "/misclassified", "/export?format=labels"] {
                let model = try await api.get("/v1/models/none/versions/1\(more)")
                expect(model, 404, "unknown-model", saying: "'none'", in: more)
                let version = try await api.get("/v1/models/m/versions/7\(more)")
                expect(version, 404, "unknown-version", saying: "7", "'m'", in: more)
                for number in ["+1", "01", "-0"] {
                    let other = try await api.get("/v1/models/m/versions/\(number)\(more)")
                    expect(other, 404, "unknown-version", saying: number, in: more)
                }
            }
            expect(try await api.get("/v1/models/none"), 404, "unknown-model", saying: "'none'")
            expect(try await api.ask("DELETE", "/v1/models/none"), 404, "unknown-model")
            expect(try await api.ask("DELETE", "/v1/models/m/versions/7"), 404, "unknown-version")
            expect(try await api.ask("DELETE", "/v1/models/m/versions/+1"), 404, "not-found", saying: "+1")
            expect(try await api.get("/v1/models/m/aliases/best"), 404, "unknown-alias", saying: "'best'")
        }
    }

    // Nobody is answered by what is gone, whether it was loaded or not.
    @Test func deletesAModel() async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addModel("m")
            let classify = "/v1/models/m/classify"
            #expect(try await api.ask("POST", classify, [:], Photos.photo("red")).status == 200)
            #expect(try await api.ask("DELETE", "/v1/models/m").status == 204)
            for path in [classify, classify + "?version=1", "/classify?model=m"] {
                expect(try await api.ask("POST", path, [:], Photos.photo("red")), 404, "unknown-model", in: path)
            }
        }
    }
}

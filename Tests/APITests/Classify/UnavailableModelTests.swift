import Domain
import Foundation
import Jobs
import TestSupport
import Testing

/// Models that were retrained and whose heads cannot be used: nobody is answered by something else.
@Suite("Models that cannot answer", .timeLimit(.minutes(2)))
struct UnavailableModelTests {
    private let model = ResourceName(trusted: "m")

    private func withModel(_ body: (TestAPI) async throws -> Void) async throws {
        try await TestAPI.with({ ($0.runsJobs, $0.labels) = (true, Photos.colours) }) { api in
            try await api.addModel("m")
            try await body(api)
        }
    }

    /// Starts anew, with the heads of some versions gone.
    private func restart(_ api: TestAPI, without versions: [Int]) async throws {
        for number in versions {
            let version = try #require(try await api.catalog.version(number, of: model))
            try api.disk.remove(version.head)
        }
        api.environment.registry.remove(model)
    }

    private func restore(_ api: TestAPI) async throws {
        let environment = api.environment
        _ = try await AliasRestoration(
            catalog: environment.catalog, loader: environment.loader, registry: environment.registry
        ).run()
    }

    @Test func sayWhatToDo() async throws {
        try await withModel { api in
            try await restart(api, without: [1])
            for path in ["/classify", "/v1/models/m/classify", "/v1/models/m/classify?version=latest"] {
                let loading = try await api.ask("POST", path, [:], Photos.photo("red"))
                expect(loading, 503, "model-unavailable", saying: "'m'", "being loaded", in: path)
                #expect(loading.fields["retry-after"] == "1")
            }
            try await restore(api)
            #expect(api.environment.registry.refusedCount == 1 && api.environment.registry.count == 0)
            for path in ["/classify", "/v1/models/m/classify", "/v1/models/m/classify?version=latest"] {
                let answer = try await api.ask("POST", path, [:], Photos.photo("red"))
                expect(
                    answer, 503, "model-unavailable", saying: "'m'", "'latest'", "damaged", "Retrain", "version 1",
                    in: path)
                #expect(answer.fields["retry-after"] == nil)
            }
            let document = try await api.get("/v1/models/m")
            #expect(
                document.string("aliases.0.obstacle").contains("version 1")
                    && document.text.contains(#""serving_version":null"#))
            #expect(try await api.follow(api.train("m")).last?.contains("succeeded") == true)
            #expect(try await api.ask("POST", "/classify", [:], Photos.photo("red")).integer("version") == 2)
            #expect(api.environment.registry.refusedCount == 0)
            #expect(try await !api.get("/v1/models/m").text.contains("obstacle"))
        }
    }

    // Deleting it would leave the alias without an answer.
    @Test func leaveTheVersionThatAnswersInstead() async throws {
        try await withModel { api in
            // Of another recipe, and so another head.
            let second = try await api.follow(
                api.train("m", #", "recipe": "retrain", "how_many_training_steps": 5"#))
            #expect(second.last?.contains("succeeded") == true)
            try await restart(api, without: [2])
            try await restore(api)
            #expect(try await api.ask("POST", "/classify", [:], Photos.photo("red")).integer("version") == 1)
            let answer = try await api.ask("DELETE", "/v1/models/m/versions/1")
            expect(answer, 409, "version-in-use", saying: "'latest'", "damaged", "move the alias")
            #expect(try await api.ask("POST", "/classify", [:], Photos.photo("red")).integer("version") == 1)
        }
    }
}

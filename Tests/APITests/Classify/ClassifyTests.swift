import Foundation
import TestSupport
import Testing

/// `/classify` and `/v1/models/{model}/classify`: who answers, and how.
struct ClassifyTests {
    @Test func saysWhatToDoWhereNothingWasTrained() async throws {
        try await TestAPI.with { api in
            let answer = try await api.ask("POST", "/classify", [:], Photos.photo("red"))
            expect(answer, 409, "nothing-to-classify-with", saying: "PUT an archive", "/v1/jobs")
        }
    }

    @Test func answersByTheBackbonesOwnClassesAtFirst() async throws {
        try await TestAPI.with({ $0.labels = ["rot", "grün", "blau"] }) { api in
            for (colour, label) in zip(Photos.colours, ["rot", "grün", "blau"]) {
                let answer = try await api.ask("POST", "/classify", [:], Photos.photo(colour))
                #expect(answer.status == 200 && answer.string("predictions.0.label") == label, "\(answer.text)")
                #expect(answer["model"] is NSNull && answer["version"] is NSNull && answer.string("backbone") == "stub")
            }
        }
    }

    @Test func answersByTheNewestModel() async throws {
        try await TestAPI.with({ ($0.runsJobs, $0.labels) = (true, Photos.colours) }) { api in
            try await api.addModel("m")
            for path in ["/classify", "/classify?model=m", "/v1/models/m/classify", "/classify?model=m&version=1"] {
                for colour in ["red", "blue"] {
                    let answer = try await api.ask("POST", path, [:], Photos.photo(colour, 99))
                    #expect(answer.status == 200 && answer.string("predictions.0.label") == colour, "\(answer.text)")
                    #expect(answer.string("model") == "m" && answer.integer("version") == 1)
                    let sum = (answer["predictions"] as? [[String: Any]] ?? []).compactMap {
                        $0["probability"] as? Double
                    }
                    #expect(abs(sum.reduce(0, +) - 1) < 1e-5 && sum == sum.sorted(by: >))
                }
            }
            let other = try await api.follow(api.train("m", #", "model": "other""#))
            #expect(other.last?.contains("succeeded") == true)
            #expect(try await api.ask("POST", "/classify", [:], Photos.photo("red")).string("model") == "other")
            // A rollback is not a retraining: the same model answers as before.
            #expect(try await api.json("PUT", "/v1/models/m/aliases/latest", #"{"version": 1}"#).status == 200)
            #expect(try await api.ask("POST", "/classify", [:], Photos.photo("red")).string("model") == "other")
            #expect(try await api.ask("DELETE", "/v1/models/other").status == 204)
            #expect(try await api.ask("POST", "/classify", [:], Photos.photo("red")).string("model") == "m")
        }
    }

    // Who has trained models does not ask for the backbone's own classes.
    @Test func saysWhatToDoWhereNoModelWasPromoted() async throws {
        try await TestAPI.with({ ($0.runsJobs, $0.labels, $0.settings.promotion) = (true, Photos.colours, .manual) }) {
            api in
            try await api.addModel("m")
            let answer = try await api.ask("POST", "/classify", [:], Photos.photo("red"))
            expect(
                answer, 409, "nothing-to-classify-with", saying: "'latest'", "/v1/models/m/classify?version=1",
                "PUT", "/v1/models/m/aliases/latest")
            let named = try await api.ask("POST", "/v1/models/m/classify?version=1", [:], Photos.photo("red"))
            #expect(named.string("model") == "m", "\(named.text)")
            #expect(try await api.json("PUT", "/v1/models/m/aliases/latest", #"{"version": 1}"#).status == 200)
            #expect(try await api.ask("POST", "/classify", [:], Photos.photo("red")).string("model") == "m")
        }
    }

    @Test func refusesQuestionsThatNobodyCanAnswer() async throws {
        let cases: [(path: String, status: Int, type: String, says: String)] = [
            ("/v1/models/none/classify", 404, "unknown-model", "'none'"),
            ("/v1/models/none/classify?version=1", 404, "unknown-model", "'none'"),
            ("/classify?model=none", 404, "unknown-model", "'none'"),
            ("/classify?version=1", 400, "bad-request", "name the model"),
            ("/v1/models/m/classify?version=7", 404, "unknown-version", "7"),
            ("/v1/models/m/classify?version=0", 404, "unknown-version", "0"),
            ("/v1/models/m/classify?version=-1", 404, "unknown-version", "-1"),
            ("/v1/models/m/classify?version=best", 404, "unknown-alias", "it has latest"),
            ("/v1/models/m/classify?version=99999999999999999999", 404, "unknown-alias", "it has latest"),
            ("/v1/models/m/classify?version=", 400, "invalid-name", "version or alias"),
            ("/v1/models/m/classify?version=a%20b", 400, "invalid-name", "version or alias"),
            ("/v1/models/m/classify?model=m", 400, "invalid-parameters", "'model'"),
        ]
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addModel("m")
            for (path, status, type, says) in cases {
                let answer = try await api.ask("POST", path, [:], Photos.photo("red"))
                expect(answer, status, type, saying: says, in: path)
            }
        }
    }

    @Test func givesAsManyPredictionsAsWanted() async throws {
        try await TestAPI.with({ ($0.labels, $0.settings.topK) = (Photos.colours, 2) }) { api in
            for (query, count) in [("", 2), ("?top_k=1", 1), ("?top_k=3", 3), ("?top_k=1000", 3)] {
                let answer = try await api.ask("POST", "/classify\(query)", [:], Photos.photo("red"))
                #expect(answer.strings("predictions", "label").count == count, "\(query) \(answer.text)")
            }
            for top in ["0", "-1", "1001", "x", "", "1.5"] {
                let answer = try await api.ask("POST", "/classify?top_k=\(top)", [:], Photos.photo("red"))
                expect(answer, 400, "invalid-parameters", saying: "'top_k'", "1 to 1000", in: top)
            }
        }
    }
}

import Foundation
import TestSupport
import Testing

/// `POST /v1/jobs`: what can be asked for, and what cannot be trained.
struct TrainingRequestTests {
    @Test func refusesWrongFields() async throws {
        let cases: [(field: String, values: [String], says: String)] = [
            ("dataset", ["5", "[]", "true", "null"], ""),
            ("dataset_version", ["0", "-1", "1.5", "\"1\"", "2147483648", "true", "[1]"], "whole number"),
            ("model", ["5", "{}"], "must be a string"), ("backbone", ["5", "false"], "must be a string"),
            ("recipe", ["\"magic\"", "5", "\"AUTO\""], ""), ("fit", ["\"zoom\""], "crop, squash, pad"),
            ("promotion", ["\"always\"", "true"], ""), ("priority", ["101", "-101", "1e3"], "-100 to 100"),
            ("seed", ["-1", "1e30", "\"0\"", "9223372036854775808"], "whole number"),
            ("validation_percentage", ["-1", "91", "\"10\""], "0 to 90"),
            ("testing_percentage", ["-1", "91"], "0 to 90"), ("eval_step_interval", ["0", "1000001"], "1 to 1000000"),
            ("flip_left_right", ["1", "\"true\"", "\"yes\""], "true or false"),
            ("random_crop", ["-1", "1001"], "0 to 1000"), ("random_scale", ["-1", "1001"], "0 to 1000"),
            ("random_brightness", ["-1", "0.5"], "0 to 1000"), ("views", ["0", "65"], "1 to 64"),
        ]
        let ofRetrain: [(field: String, values: [String], says: String)] = [
            ("how_many_training_steps", ["0", "1000001", "1.5"], "1 to 1000000"),
            ("learning_rate", ["0", "-1", "\"0.1\"", "1e300"], "must be a number"),
            ("train_batch_size", ["0", "-1"], "1 to 100000"), ("validation_batch_size", ["0", "-2"], "-1"),
        ]
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            for (field, values, says) in cases + ofRetrain {
                for value in values {
                    var body = field == "dataset" ? "" : #""dataset": "n", "#
                    if ofRetrain.contains(where: { $0.field == field }) { body += #""recipe": "retrain", "# }
                    let answer = try await api.json("POST", "/v1/jobs", "{\(body)\"\(field)\": \(value)}")
                    expect(answer, 400, "invalid-fields", saying: "'\(field)'", says, in: "\(field) \(value)")
                }
            }
            for (field, _, _) in ofRetrain {
                let answer = try await api.json("POST", "/v1/jobs", #"{"dataset": "n", "\#(field)": 5}"#)
                expect(answer, 400, "invalid-fields", saying: #"\"recipe\": \"retrain\""#, in: field)
            }
            let both = try await api.json(
                "POST", "/v1/jobs", #"{"dataset": "n", "validation_percentage": 50, "testing_percentage": 50}"#)
            expect(both, 400, "invalid-fields", saying: "below 100")
            #expect(try await api.get("/v1/jobs").strings("jobs", "id").isEmpty)
        }
    }

    @Test func takesTheLimitsThemselves() async throws {
        let bodies = [
            #""priority": 100"#, #""priority": -100"#, #""seed": 9223372036854775807"#, #""views": 64"#,
            #""validation_percentage": 0, "testing_percentage": 90"#, #""priority": 1.0"#, #""model": null"#,
            #""recipe": "retrain", "validation_batch_size": -1, "learning_rate": 1e-9"#,
        ]
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            for body in bodies {
                let answer = try await api.json("POST", "/v1/jobs", #"{"dataset": "n", \#(body)}"#)
                #expect(answer.status == 202, "\(body): \(answer.text)")
                #expect(answer.fields["location"] == "/v1/jobs/\(answer.string("id"))")
                #expect(answer.string("model") == "n" && answer.string("backbone") == "stub")
            }
        }
    }

    // Those that jobs will make count too, and a model that is going to be there is no new one.
    @Test func countsTheModelsOfJobsThatWait() async throws {
        try await TestAPI.with({ $0.settings.maximumModels = 2 }) { api in
            try await api.addDataset("colours", photos: 2)
            for model in ["a", "b", "a", "b"] { _ = try await api.train("colours", #", "model": "\#(model)""#) }
            let third = try await api.json("POST", "/v1/jobs", #"{"dataset": "colours", "model": "c"}"#)
            expect(third, 409, "too-many-models", saying: "There are 2 models", "2 is the limit (models.maximum)")
        }
    }

    /// What a job shows of its options asks for the same job again.
    @Test(arguments: [
        #"{}"#,
        #"{"fit": "pad", "seed": 5, "validation_percentage": 20, "testing_percentage": 30, "eval_step_interval": 3, "#
            + #""flip_left_right": true, "random_crop": 1, "random_scale": 2, "random_brightness": 3, "views": 6, "#
            + #""promotion": "manual"}"#,
        #"{"recipe": "retrain", "how_many_training_steps": 7, "learning_rate": 0.5, "train_batch_size": 8, "#
            + #""validation_batch_size": -1}"#,
    ])
    func showsOptionsAsTheyArePosted(_ options: String) async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            let posted = options == "{}" ? #"{"dataset": "n"}"# : #"{"dataset": "n", "# + options.dropFirst()
            let first = try await api.json("POST", "/v1/jobs", posted)
            let shown = try #require(first["options"] as? [String: Any], "\(first.text)")
            let wanted = try JSONSerialization.jsonObject(with: Data(options.utf8)) as? [String: Any] ?? [:]
            for (name, value) in wanted { #expect((shown[name] as? NSObject) == value as? NSObject, "\(name)") }
            let again = try JSONSerialization.data(withJSONObject: shown.merging(["dataset": "n"]) { $1 })
            let second = try await api.json("POST", "/v1/jobs", String(decoding: again, as: UTF8.self))
            #expect(second.status == 202, "\(second.text)")
            #expect((second["options"] as? NSObject) == shown as NSObject)
        }
    }

    @Test func saysAtOnceWhatCannotBeTrained() async throws {
        try await TestAPI.with({ $0.settings.maximumModels = 0 }) { api in
            try await api.addDataset("one", labels: ["red"], photos: 3)
            try await api.addDataset("two", photos: 1)
            let cases: [(body: String, status: Int, type: String, says: [String])] = [
                (#"{"dataset": "none"}"#, 404, "unknown-dataset", ["'none'"]),
                (#"{"dataset": "one"}"#, 409, "too-few-classes", ["at least two", "only 'red'", "Add photos"]),
                (#"{"dataset": "two", "dataset_version": 1}"#, 409, "too-few-classes", ["version 1"]),
                (
                    #"{"dataset": "two", "none_label": "other"}"#, 400, "invalid-fields",
                    ["'none_label'", "'other'", "it has 'blue'", "'red'."]
                ),
                (#"{"dataset": "two", "dataset_version": 9}"#, 404, "unknown-version", ["version 9"]),
                (
                    #"{"dataset": "two", "backbone": "resnet"}"#, 400, "unknown-backbone",
                    ["'resnet'", "Known are: stub"]
                ),
                (#"{"dataset": "two", "backbone": ""}"#, 400, "unknown-backbone", ["Known are: stub"]),
                (#"{"dataset": "two"}"#, 409, "too-many-models", ["models.maximum"]),
            ]
            for (body, status, type, says) in cases {
                let answer = try await api.json("POST", "/v1/jobs", body)
                expect(answer, status, type, in: body)
                for says in says { #expect(answer.text.contains(says), "\(body): \(answer.text)") }
            }
            #expect(try await api.get("/v1/jobs").strings("jobs", "id").isEmpty)
        }
    }
}

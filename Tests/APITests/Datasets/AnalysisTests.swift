import Domain
import Foundation
import TestSupport
import Testing

/// `GET /v1/datasets/{dataset}/analysis`
struct AnalysisTests {
    /// Reds and blues, a red among the blues, and one photo under both labels.
    private func addColours(_ api: TestAPI) async throws {
        try await api.addDataset("n", labels: ["red", "blue"], photos: 12)
        for (label, photo) in [("blue", Photos.photo("red", 30)), ("blue", Photos.photo("red", 2))] {
            let answer = try await api.ask("POST", "/v1/datasets/n/images?label=\(label)", [:], photo)
            guard answer.status == 201 else { throw Unexpected(answer) }
        }
    }

    @Test func findsWhatIsWrong() async throws {
        try await TestAPI.with { api in
            try await addColours(api)
            let answer = try await api.get("/v1/datasets/n/analysis?kind=label_error")
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.string("dataset") == "n" && answer.integer("version") == 4)
            #expect(answer.string("backbone") == "stub" && answer.string("fit") == "crop")
            #expect(answer.integer("images") == 26 && answer.string("next_cursor") == "")
            let image = answer.integer("findings.0.images.0.image")
            #expect(answer.strings("findings", "kind").allSatisfy { $0 == "label_error" })
            #expect([25, 26].contains(image), "\(answer.text)")
            #expect(answer.string("findings.0.images.0.label") == "blue")
            #expect(answer.string("findings.0.suggestion.action") == "relabel")
            #expect(answer.string("findings.0.suggestion.label") == "red")
            #expect(answer.integer("findings.0.suggestion.images.0") == image)
            let duplicates = try await api.get("/v1/datasets/n/analysis?kind=duplicate")
            #expect(duplicates.integer("counts.duplicate") == answer.integer("counts.duplicate"))
            let copies = duplicates.strings("findings", "reason")
            #expect(copies.contains { $0.contains("different labels") }, "\(duplicates.text)")
        }
    }

    @Test func pages() async throws {
        try await TestAPI.with { api in
            try await addColours(api)
            let all = try await api.get("/v1/datasets/n/analysis")
            let reasons = all.strings("findings", "reason")
            #expect(reasons.count >= 2)
            var (paged, cursor): ([String], String?) = ([], nil)
            repeat {
                let page = try await api.get("/v1/datasets/n/analysis?limit=1" + (cursor.map { "&cursor=\($0)" } ?? ""))
                paged += page.strings("findings", "reason")
                cursor = page.string("next_cursor").isEmpty ? nil : page.string("next_cursor")
            } while cursor != nil
            #expect(paged == reasons)
        }
    }

    // The bottlenecks are those of the version asked for, and a version is analysed once.
    @Test func looksAtOneVersion() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", labels: ["red", "blue"], photos: 12)
            let before = try await api.get("/v1/datasets/n/analysis")
            let changed = try await api.json(
                "POST", "/v1/datasets/n/images/changes", #"{"changes": [{"image": 3, "label": "blue"}]}"#)
            #expect(changed.integer("version") == 3)
            let after = try await api.get("/v1/datasets/n/analysis?kind=label_error")
            #expect(after.integer("version") == 3 && after.integer("findings.0.images.0.image") == 3, "\(after.text)")
            #expect(try await api.get("/v1/datasets/n/analysis?version=2").text == before.text)
            // A dataset of the same name, with versions of the same numbers.
            #expect(try await api.ask("DELETE", "/v1/datasets/n").status == 204)
            try await api.addDataset("n", labels: ["red", "blue"], photos: 5)
            #expect(try await api.get("/v1/datasets/n/analysis?version=2").integer("images") == 10)
        }
    }

    @Test func refusesWhatCannotBeAnalysed() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", labels: ["red"], photos: 1)
            let path = "/v1/datasets/n/analysis"
            for (query, says) in [
                ("kind=all", "'kind'"), ("fit=zoom", "'fit'"), ("version=0", "'version'"), ("limit=0", "'limit'"),
                ("cursor=x", "'cursor'"), ("seed=1", "'seed'"),
            ] { expect(try await api.get("\(path)?\(query)"), 400, "invalid-parameters", saying: says, in: query) }
            expect(try await api.get("\(path)?backbone=none"), 400, "unknown-backbone", saying: "none")
            expect(try await api.get("\(path)?version=9"), 404, "unknown-version")
            expect(try await api.get("/v1/datasets/none/analysis"), 404, "unknown-dataset")
            // One photo is no error, but there is nothing to say.
            let one = try await api.get(path)
            #expect(one.status == 200 && one.strings("findings", "kind").isEmpty, "\(one.text)")
            #expect(one.text.contains("one class only"))
            #expect(try await api.ask("DELETE", "/v1/datasets/n/images/1").status == 200)
            expect(try await api.get(path), 409, "dataset-empty")
        }
    }

    // More photos than one waits for have to go through the backbone in a job.
    @Test func sendsToATrainingWhatIsNotExtracted() async throws {
        try await TestAPI.with { api in
            for label in ["red", "blue"] {
                let files = (0..<260).map { (name: "\($0).png", bytes: MadePhoto.png(label, $0)) }
                #expect(try await api.post("/v1/datasets/n/images?label=\(label)", Form(files)).status == 201)
            }
            let early = try await api.get("/v1/datasets/n/analysis")
            expect(early, 409, "not-extracted", saying: "520 of the 520", "POST /v1/jobs")
        }
    }

    // Who has gone reads no answer.
    @Test(.timeLimit(.minutes(1))) func stopsWhenTheClientGoes() async throws {
        let latch = Latch()
        try await TestAPI.with({ $0.hook = { _, _ in latch.wait() } }) { api in
            try await api.addDataset("n", labels: ["red", "blue"], photos: 40)
            let client = try api.connect()
            try await client.send(TestAPI.head("GET", "/v1/datasets/n/analysis", [:], length: nil))
            while latch.count == 0 { try await Task.sleep(for: .milliseconds(2)) }
            #expect(await !api.environment.analyst.isIdle)
            client.finish()
            while await !api.environment.analyst.isIdle { try await Task.sleep(for: .milliseconds(2)) }
            latch.open()
        }
        #expect(latch.count < 80)
    }
}

import Domain
import Foundation
import HTTPTestSupport
import TestSupport
import Testing

/// `explain` of `/classify`: on a stub engine, whose feature map are the picture's own pixels.
struct ExplainTests {
    private static let png = Data([0x89, 0x50, 0x4E, 0x47])

    private func withModel(
        _ change: (inout TestAPI.Setup) -> Void = { _ in }, _ body: (TestAPI) async throws -> Void
    ) async throws {
        try await TestAPI.with {
            ($0.runsJobs, $0.hasFeatureMap) = (true, true)
            change(&$0)
        } _: { api in
            try await api.addModel("m")
            try await body(api)
        }
    }

    /// The numbers of a map in an answer, and whether they are in order.
    private func check(_ answer: Answer, at path: String = "explanations.cam", label: String) {
        let values = (answer["\(path).values"] as? [[Double]]) ?? []
        #expect(answer.string("\(path).label") == label, "\(answer.text.prefix(400))")
        #expect(values.count == 8 && values.allSatisfy { $0.count == 8 })
        #expect(answer.integer("\(path).height") == 8 && answer.integer("\(path).width") == 8)
        let sum = values.joined().reduce(0, +)
        let (logit, bias) = (answer["\(path).logit"] as? Double ?? 0, answer["\(path).bias"] as? Double ?? 1)
        #expect(abs(sum - (logit - bias)) < 1e-4)
        #expect(Data(base64Encoded: answer.string("\(path).png"))?.starts(with: Self.png) == true)
        let region = ["x", "y", "width", "height"].map { answer["\(path).region.\($0)"] as? Double }
        #expect(region == [0, 0, 1, 1], "the photos are square")
    }

    @Test func showsWhatSpeaksForAClass() async throws {
        try await withModel { api in
            let plain = try await api.ask("POST", "/classify", [:], Photos.photo("red", 99))
            #expect(plain["explanations"] == nil && plain["timing_ms.explain"] == nil)
            for path in ["/classify", "/v1/models/m/classify"] {
                let answer = try await api.ask("POST", "\(path)?explain=cam", [:], Photos.photo("red", 99))
                #expect(answer.status == 200)
                check(answer, label: "red")
                #expect(answer["explanations.neighbors"] == nil && answer["timing_ms.explain"] is Double)
                let other = try await api.ask(
                    "POST", "\(path)?explain=cam&explain_label=blue", [:], Photos.photo("red", 99))
                check(other, label: "blue")
                #expect(other.string("predictions.0.label") == "red")
                #expect(
                    other["explanations.cam.logit"] as? Double ?? 1 < answer["explanations.cam.logit"] as? Double ?? 0)
            }
        }
    }

    // The picture alone, for those who want nothing else.
    @Test func answersWithThePictureWhereThatIsWanted() async throws {
        try await withModel { api in
            let json = try await api.ask("POST", "/classify?explain=cam", [:], Photos.photo("red"))
            let client = try api.connect()
            let picture = Photos.photo("red")
            let head = TestAPI.head("POST", "/classify?explain=cam", ["Accept": "image/png"], length: picture.count)
            try await client.send(head + picture)
            let response = try #require(RawResponse.parse(try await client.receiveBytes()).last)
            #expect(response.status == 200 && response["content-type"] == "image/png")
            #expect(Data(response.bytes) == Data(base64Encoded: json.string("explanations.cam.png")))
            // Where there is none to give, JSON; and errors are told as ever.
            let accept = ["Accept": "image/png"]
            for query in ["", "?explain=neighbors"] {
                let answer = try await api.ask("POST", "/classify\(query)", accept, picture)
                #expect(answer.fields["content-type"] == "application/json")
            }
            let form = try await api.post("/classify?explain=cam", Form([("a.png", picture)]), accept)
            check(form, at: "results.0.explanations.cam", label: "red")
            expect(
                try await api.ask("POST", "/classify?explain=cam", accept, Photos.noPhoto), 415, "unsupported-format")
        }
    }

    @Test func findsTheTrainingPhotosThatAreMostAlike() async throws {
        try await withModel { api in
            let images = try await api.get("/v1/datasets/m/images?limit=1000")
            let known = images["images"] as? [[String: Any]] ?? []
            let used = known.filter { ["train", "validation"].contains($0["split"] as? String) }
            try #require(used.count > 10 && used.count < known.count)
            for entry in used.prefix(4) {
                let (label, path) = (entry["label"] as? String ?? "", entry["path"] as? String ?? "")
                let number = Int(path.dropFirst(label.count + 1).dropLast(4)) ?? 0
                let answer = try await api.ask(
                    "POST", "/classify?explain=neighbors", [:], Photos.photo(label, number))
                let found = answer["explanations.neighbors"] as? [[String: Any]] ?? []
                #expect(found.count == 5 && answer["explanations.neighbors_note"] == nil)
                #expect(found[0]["image"] as? Int == entry["id"] as? Int && found[0]["path"] as? String == path)
                #expect(found[0]["distance"] as? Double ?? 1 < 2e-6 && found[0]["dataset"] as? String == "m")
                let distances = found.compactMap { $0["distance"] as? Double }
                #expect(distances.count == 5 && distances == distances.sorted())
                #expect(found.allSatisfy { ["train", "validation"].contains($0["split"] as? String) })
            }
            let few = try await api.ask("POST", "/classify?explain=neighbors&neighbors=2", [:], Photos.photo("red"))
            #expect(few.strings("explanations.neighbors", "path").count == 2)
            let all = try await api.ask("POST", "/classify?explain=neighbors&neighbors=50", [:], Photos.photo("red"))
            #expect(all.strings("explanations.neighbors", "path").count == used.count)
        }
    }

    @Test func saysWhyThereAreNoTrainingPhotos() async throws {
        try await withModel { api in
            #expect(try await api.ask("DELETE", "/v1/datasets/m").status == 204)
            // Another one under the same name is not what it was trained on.
            for again in [false, true] {
                if again { try await api.addDataset("m") }
                let answer = try await api.ask("POST", "/classify?explain=cam,neighbors", [:], Photos.photo("red"))
                check(answer, label: "red")
                #expect((answer["explanations.neighbors"] as? [Any])?.isEmpty == true)
                #expect(answer.string("explanations.neighbors_note").contains("no longer there"))
            }
        }
    }

    // Each has its reasons, and one that is no picture takes them from no other.
    @Test func explainsEachOfSeveral() async throws {
        try await withModel { api in
            let form = Form([
                ("a.png", Photos.photo("blue")), ("b.png", Photos.tornPhoto), ("c.png", Photos.photo("red")),
            ])
            let answer = try await api.post("/classify?explain=cam,neighbors", form)
            check(answer, at: "results.0.explanations.cam", label: "blue")
            check(answer, at: "results.2.explanations.cam", label: "red")
            #expect(answer.strings("results.0.explanations.neighbors", "label").prefix(3) == ["blue", "blue", "blue"])
            #expect(answer.string("results.1.error.type").hasSuffix("truncated-image"))
            #expect(answer["results.1.explanations"] == nil)
            let many = Form((0..<17).map { ("\($0).png", Photos.photo("red", $0)) })
            expect(try await api.post("/classify?explain=cam", many), 400, "bad-request", saying: "16", "17")
            #expect(try await api.post("/classify?explain=neighbors", many).strings("results", "model").count == 17)
        }
    }

    @Test func refusesWhatCannotBeExplained() async throws {
        let cases: [(query: String, status: Int, type: String, says: [String])] = [
            ("explain=heat", 400, "invalid-parameters", ["'heat'", "cam, neighbors"]),
            ("explain=cam,heat", 400, "invalid-parameters", ["'heat'"]),
            ("explain=", 400, "invalid-parameters", ["'explain'", "cam, neighbors"]),
            ("explain=cam,", 400, "invalid-parameters", ["'explain'"]),
            ("explain=CAM", 400, "invalid-parameters", ["'CAM'"]),
            ("explain_label=red", 400, "invalid-parameters", ["'explain_label'", "explain=cam"]),
            ("explain=neighbors&explain_label=red", 400, "invalid-parameters", ["explain=cam"]),
            ("neighbors=3", 400, "invalid-parameters", ["'neighbors'", "explain=neighbors"]),
            ("explain=neighbors&neighbors=0", 400, "invalid-parameters", ["1 to 50"]),
            ("explain=neighbors&neighbors=51", 400, "invalid-parameters", ["1 to 50"]),
            ("explain=cam&explain_label=green", 400, "invalid-parameters", ["'green'", "blue, red"]),
            ("explain=cam&explain_label=", 400, "invalid-parameters", ["explain_label"]),
        ]
        try await withModel { api in
            for (query, status, type, says) in cases {
                let answer = try await api.ask("POST", "/classify?\(query)", [:], Photos.photo("red"))
                expect(answer, status, type, in: query)
                for word in says { #expect(answer.text.contains(word), "\(query): \(answer.text)") }
            }
            expect(
                try await api.ask("POST", "/classify?explain=cam,neighbors", [:], Photos.tornPhoto), 422,
                "truncated-image")
        }
        try await withModel {
            $0.hasFeatureMap = false
        } _: { api in
            let answer = try await api.ask("POST", "/classify?explain=cam", [:], Photos.photo("red"))
            expect(answer, 409, "no-feature-map", saying: "'stub'")
            #expect(try await api.ask("POST", "/classify?explain=neighbors", [:], Photos.photo("red")).status == 200)
        }
        try await TestAPI.with {
            ($0.labels, $0.hasFeatureMap) = (Photos.colours, true)
        } _: { api in
            for kind in ["cam", "neighbors"] {
                let answer = try await api.ask("POST", "/classify?explain=\(kind)", [:], Photos.photo("red"))
                expect(answer, 409, "nothing-to-explain", saying: "Train a model")
            }
        }
    }

    // What is explained takes the room of two.
    @Test func countsAsOnePictureMore() async throws {
        let latch = Latch()
        let isHeld = Mutexed(false)
        try await withModel {
            $0.queue = 2
            $0.hook = { _, _ in if isHeld.value { latch.wait() } }
        } _: { api in
            isHeld.change { $0 = true }
            async let first = api.ask("POST", "/classify?explain=neighbors", [:], Photos.photo("red"))
            while latch.count == 0 { await Task.yield() }
            #expect(api.environment.classifier.load == 2)
            expect(try await api.ask("POST", "/classify", [:], Photos.photo("red")), 503, "overloaded")
            latch.open()
            #expect(try await first.status == 200)
        }
    }
}

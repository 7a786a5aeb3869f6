import Foundation
import TestSupport
import Testing

/// `/v1/datasets/{dataset}/images`: single photos and batches of them.
struct ImageTests {
    @Test func addsOnePhoto() async throws {
        try await TestAPI.with { api in
            let photo = Photos.photo("red")
            let answer = try await api.ask(
                "POST", "/v1/datasets/n/images?label=red&name=a%20rose.png", ["Content-Type": "image/png"], photo)
            #expect(answer.status == 201 && answer.string("images.0.path") == "red/a rose.png", "\(answer.text)")
            let place = try #require(answer.fields["location"])
            let shown = try await api.get(place)
            #expect(shown.status == 200 && shown.fields["content-type"] == "image/png")
            #expect(shown.fields["content-length"] == "\(photo.count)")
            // Somebody else's file is shown, and nothing in it is run.
            #expect(shown.fields["content-security-policy"] == "default-src 'none'; sandbox")
            #expect(shown.fields["x-content-type-options"] == "nosniff")
            // RFC 9110, 13.1.2 and 14.2.
            let tag = try #require(shown.fields["etag"])
            #expect(try await api.get(place, ["If-None-Match": tag]).status == 304)
            #expect(try await api.get(place, ["Range": "bytes=1-3"]).text == "PNG")
        }
    }

    @Test func keepsTheGoodPhotosOfABatch() async throws {
        try await TestAPI.with { api in
            let form = Form([
                ("good.png", Photos.photo("red")), ("torn.png", Photos.tornPhoto), ("notes.txt", Photos.noPhoto),
                ("empty.png", Data()), (#"C:\photos\best.png"#, Photos.photo("red", 1)),
            ])
            let answer = try await api.post("/v1/datasets/n/images?label=red", form)
            #expect(answer.status == 201, "\(answer.text)")
            #expect(answer.strings("images", "path") == ["red/good.png", "red/best.png"])
            #expect(answer.strings("refused", "path") == ["torn.png", "notes.txt", "empty.png"])
            #expect(answer.strings("refused", "code").allSatisfy { !$0.isEmpty })
            #expect(answer.strings("refused", "reason").allSatisfy { !$0.isEmpty })
            #expect(try await api.get("/v1/datasets/n").integer("images") == 2)
        }
    }

    @Test func addsNothingWhereNoneCanBeUsed() async throws {
        try await TestAPI.with { api in
            let answer = try await api.post(
                "/v1/datasets/n/images?label=a", Form([("torn.png", Photos.tornPhoto), ("notes.txt", Photos.noPhoto)]))
            expect(answer, 422, "no-usable-images")
            #expect(answer.strings("errors", "subject") == ["torn.png", "notes.txt"])
            expect(try await api.get("/v1/datasets/n"), 404, "unknown-dataset")
        }
    }

    @Test func refusesBodiesThatAreNoPhotos() async throws {
        var field = Form()
        field.add(#"name="note""#, Data("hello".utf8))
        let form = ["Content-Type": Form.type]
        let cases: [(fields: [String: String], body: Data, status: Int, type: String, says: String)] = [
            ([:], Data(), 400, "bad-request", "empty"),
            ([:], Photos.noPhoto, 415, "unsupported-format", "cannot be used"),
            (["Content-Type": "image/png"], Photos.noPhoto, 415, "unsupported-format", "cannot be used"),
            ([:], Photos.tornPhoto, 422, "truncated-image", "cannot be used"),
            (["Content-Type": "application/json"], Data("{}".utf8), 415, "unsupported-media-type", "-F image=@"),
            (["Content-Type": "text/plain"], Photos.photo("red"), 415, "unsupported-media-type", "text/plain"),
            (form, field.body, 400, "bad-request", "'note'"),
            (form, Form().body, 400, "bad-request", "no image"),
            (form, Data("--xyz\r\n".utf8), 400, "bad-request", "multipart"),
            (form, Data(), 400, "bad-request", "multipart"),
            (["Content-Type": "multipart/form-data"], field.body, 415, "unsupported-media-type", "boundary"),
        ]
        try await TestAPI.with { api in
            for (fields, body, status, type, says) in cases {
                let answer = try await api.ask("POST", "/v1/datasets/n/images?label=a", fields, body)
                expect(answer, status, type, saying: says, in: "\(fields) \(body.prefix(20))")
            }
            expect(try await api.get("/v1/datasets/n"), 404, "unknown-dataset")
        }
    }

    @Test func judgesFileNames() async throws {
        try await TestAPI.with { api in
            for name in ["", "a%2Fb.png", "a%0Ab", "a%7F", String(repeating: "a", count: 256)] {
                let answer = try await api.ask(
                    "POST", "/v1/datasets/n/images?label=a&name=\(name)", [:], Photos.photo("red"))
                expect(answer, 400, "invalid-parameters", saying: "'name'", "1 to 255 bytes", in: name)
            }
            let form = Form([("1.png", Photos.photo("red")), ("2.png", Photos.photo("blue"))])
            let both = try await api.post("/v1/datasets/n/images?label=a&name=x.png", form)
            expect(both, 400, "bad-request", saying: "'name'")
            expect(try await api.get("/v1/datasets/n"), 404, "unknown-dataset")
        }
    }

    // The same photo twice is there once.
    @Test func addsAPhotoOnce() async throws {
        try await TestAPI.with { api in
            for _ in 0..<2 {
                let answer = try await api.ask("POST", "/v1/datasets/n/images?label=a", [:], Photos.photo("red"))
                #expect(answer.status == 201 && answer.integer("version") == 1, "\(answer.text)")
            }
            #expect(try await api.get("/v1/datasets/n").integer("images") == 1)
        }
    }

    @Test func makesANewVersionOfEachChange() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", labels: ["red"], photos: 3)
            let changed = try await api.json("PATCH", "/v1/datasets/n/images/1", #"{"label": "blue"}"#)
            #expect(changed.status == 200 && changed.integer("version") == 2, "\(changed.text)")
            #expect(changed.string("image.label") == "blue")
            let removed = try await api.ask("DELETE", "/v1/datasets/n/images/2")
            #expect(removed.status == 200 && removed.integer("version") == 3 && removed.integer("images") == 2)
            expect(try await api.ask("DELETE", "/v1/datasets/n/images/2"), 404, "unknown-image", saying: "2")
            expect(try await api.json("PATCH", "/v1/datasets/n/images/2", #"{"label": "a"}"#), 404, "unknown-image")
            // The old versions are what they were, and what they list can be looked at.
            for query in ["", "?size=32"] {
                #expect(try await api.get("/v1/datasets/n/images/2\(query)").status == 200)
            }
            expect(try await api.get("/v1/datasets/n/images/99"), 404, "unknown-image", saying: "99")
            let first = try await api.get("/v1/datasets/n/images?version=1")
            #expect(first.strings("images", "label") == ["red", "red", "red"], "\(first.text)")
            #expect(try await api.get("/v1/datasets/n/images").strings("images", "label").sorted() == ["blue", "red"])
        }
    }

    @Test func refusesFiltersThatAreNone() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", labels: ["red"], photos: 1)
            let images = "/v1/datasets/n/images"
            let split = try await api.get("\(images)?split=all")
            expect(split, 400, "invalid-parameters", saying: "train", "validation", "test")
            for version in ["0", "x", "-1", "2147483648"] {
                let answer = try await api.get("\(images)?version=\(version)")
                expect(answer, 400, "invalid-parameters", saying: "'version'", in: version)
            }
            expect(try await api.get("\(images)?version=2"), 404, "unknown-version")
            expect(try await api.get("/v1/datasets/none/images"), 404, "unknown-dataset")
            #expect(try await api.get("\(images)?label=none").strings("images", "id").isEmpty)
        }
    }

    // A photo that is too large is one refused file, or the refused request, and no error of the server.
    @Test func refusesPhotosThatAreTooLarge() async throws {
        try await TestAPI.with({ $0.settings.imageLimits.maximumBytes = 500 }) { api in
            let one = try await api.ask("POST", "/v1/datasets/n/images?label=a", [:], Photos.photo("red"))
            expect(one, 413, "content-too-large", saying: "500 bytes")
            let form = try await api.post("/v1/datasets/n/images?label=a", Form([("big.png", Photos.photo("red"))]))
            expect(form, 422, "no-usable-images", saying: "big.png", "at most 500 are read")
        }
    }

    // One of a form does not cost the others anything, nor the memory for bodies; and the body has its own limit.
    @Test func skipsPhotosOfAFormThatAreTooLarge() async throws {
        let larges = (0..<8).map { (name: "big\($0).png", bytes: Data(count: 300_000)) }
        let (first, last) = (Photos.photo("red"), Photos.photo("red", 1))
        let form = Form([("1.png", first)] + larges + [("2.png", last)])
        let change = { (setup: inout TestAPI.Setup) in
            (setup.settings.imageLimits.maximumBytes, setup.memory) = (100_000, 250_000)
        }
        try await TestAPI.with(change) { api in
            let answer = try await api.post("/v1/datasets/n/images?label=red", form)
            #expect(answer.status == 201, "\(answer.text)")
            #expect(answer.strings("images", "path") == ["red/1.png", "red/2.png"])
            #expect(answer.integer("images.0.bytes") == first.count && answer.integer("images.1.bytes") == last.count)
            #expect(answer.strings("refused", "path") == larges.map(\.name))
            #expect(answer.strings("refused", "code") == larges.map { _ in "too_many_bytes" })
            #expect(answer.string("refused.7.reason") == "it has 300000 bytes; at most 100000 are read")
        }
        let small = { (setup: inout TestAPI.Setup) in setup.settings.uploadBytes = 400_000 }
        try await TestAPI.with(small) { api in
            let answer = try await api.post("/v1/datasets/n/images?label=red", form)
            expect(answer, 413, "content-too-large", saying: "400000")
        }
    }
}

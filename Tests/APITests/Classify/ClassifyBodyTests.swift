import Foundation
import TestSupport
import Testing

/// The ways in which pictures come: raw, in a form, in JSON.
struct ClassifyBodyTests {
    private func with(
        _ change: @escaping (inout TestAPI.Setup) -> Void = { _ in }, _ body: (TestAPI) async throws -> Void
    ) async throws {
        try await TestAPI.with(
            { setup in
                setup.labels = Photos.colours
                change(&setup)
            }, body)
    }

    private func base64(_ picture: Data) -> String { picture.base64EncodedString() }

    @Test func takesOnePicture() async throws {
        try await with { api in
            for type in [nil, "image/png", "image/jpeg", "application/octet-stream", "IMAGE/PNG; x=y"] {
                let fields = type.map { ["Content-Type": $0] } ?? [:]
                let answer = try await api.ask("POST", "/classify", fields, Photos.photo("green"))
                #expect(answer.string("predictions.0.label") == "green", "\(type ?? "none"): \(answer.text)")
            }
        }
    }

    // One that cannot be used costs the others nothing, and has its own error at its own place.
    @Test func answersTheGoodPicturesOfAForm() async throws {
        try await with { api in
            let answer = try await api.post(
                "/classify",
                Form([
                    ("1.png", Photos.photo("red")), ("torn.png", Photos.tornPhoto), ("2.png", Photos.photo("blue")),
                    ("notes.txt", Photos.noPhoto),
                ]))
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.strings("results", "name") == ["1.png", "torn.png", "2.png", "notes.txt"])
            #expect(answer.string("results.0.predictions.0.label") == "red")
            #expect(answer.string("results.2.predictions.0.label") == "blue")
            #expect(answer.string("results.1.error.type") == "urn:regraft:problem:truncated-image")
            #expect(answer.string("results.3.error.type") == "urn:regraft:problem:unsupported-format")
            #expect(answer["results.1.predictions"] == nil && answer["results.0.error"] == nil)
        }
    }

    @Test func answersTheGoodPicturesInJSON() async throws {
        try await with { api in
            // In lines of 76 as MIME has them, which many programs make.
            let lines = Photos.photo("red").base64EncodedString(options: [
                .lineLength76Characters, .endLineWithCarriageReturn,
            ])
            let escaped = lines.replacing("\r", with: "\\r").replacing("\n", with: "\\n")
            let images = [
                #"{"b64": "\#(base64(Photos.photo("blue")))", "name": "b"}"#,
                #"{"b64": "\#(escaped)"}"#, #"{"b64": "\#(base64(Photos.tornPhoto))"}"#,
            ]
            let answer = try await api.json("POST", "/classify", #"{"images": [\#(images.joined(separator: ","))]}"#)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.string("results.0.predictions.0.label") == "blue" && answer.string("results.0.name") == "b")
            #expect(answer.string("results.1.predictions.0.label") == "red", "\(answer.text)")
            #expect(answer.string("results.2.error.type") == "urn:regraft:problem:truncated-image")
        }
    }

    // RFC 4648, 3.3: what is not of the alphabet is refused and not passed over, which would make another picture.
    @Test func refusesWhatIsNoBase64() async throws {
        let good = base64(Photos.photo("red"))
        let cases = [
            "", "!", "data:image/png;base64," + good, good + "*", "-_" + good, String(good.dropLast(3)), "   ",
        ]
        try await with { api in
            for text in cases {
                let body = #"{"images": [{"b64": "\#(text)"}, {"b64": "\#(good)"}]}"#
                let answer = try await api.json("POST", "/classify", body)
                #expect(
                    answer.string("results.0.error.type") == "urn:regraft:problem:invalid-base64",
                    "\(text.prefix(30)): \(answer.text)")
                #expect(answer.string("results.0.error.detail").contains("RFC 4648"))
                #expect(answer.string("results.1.predictions.0.label") == "red")
            }
        }
    }

    @Test func refusesWrongJSON() async throws {
        let cases: [(body: String, type: String, says: String)] = [
            ("{}", "invalid-fields", "'images'"), (#"{"images": null}"#, "invalid-fields", "'images'"),
            (#"{"images": "x"}"#, "invalid-fields", "must be a list"),
            (#"{"images": {}}"#, "invalid-fields", "must be a list"),
            (#"{"images": []}"#, "invalid-fields", "empty"), (#"{"images": ["x"]}"#, "invalid-fields", "images[0]"),
            (#"{"images": [{"b64": "eA=="}, {}]}"#, "invalid-fields", "images[1].b64"),
            (#"{"images": [{"b64": 5}]}"#, "invalid-fields", "images[0].b64"),
            (#"{"images": [{"b64": "eA==", "url": "x"}]}"#, "invalid-fields", "images[0].url"),
            (#"{"images": [{"b64": "eA==", "name": 5}]}"#, "invalid-fields", "images[0].name"),
            (
                #"{"images": [{"b64": "eA==", "name": "\#(String(repeating: "n", count: 256))"}]}"#, "invalid-fields",
                "255 bytes"
            ),
            (#"{"images": [{"b64": "eA=="}], "top_k": 1}"#, "invalid-fields", "'top_k'"),
            ("", "bad-request", "empty"), ("[", "bad-request", "no valid JSON"),
        ]
        try await with { api in
            for (body, type, says) in cases {
                let answer = try await api.json("POST", "/classify", body)
                expect(answer, 400, type, saying: says, in: String(body.prefix(60)))
            }
        }
    }

    @Test func refusesBodiesThatAreNoPictures() async throws {
        var field = Form([("1.png", Photos.photo("red"))])
        field.add(#"name="top_k""#, Data("3".utf8))
        let cases: [(fields: [String: String], body: Data, status: Int, type: String, says: String)] = [
            ([:], Data(), 400, "bad-request", "empty"),
            ([:], Photos.noPhoto, 415, "unsupported-format", "cannot be used"),
            ([:], Photos.tornPhoto, 422, "truncated-image", "cannot be used"),
            (["Content-Type": "text/html"], Photos.photo("red"), 415, "unsupported-media-type", "-T photo.jpg"),
            (["Content-Type": Form.type], field.body, 400, "bad-request", "'top_k'"),
            (["Content-Type": Form.type], Form().body, 400, "bad-request", "no image"),
        ]
        try await with { api in
            for (fields, body, status, type, says) in cases {
                let answer = try await api.ask("POST", "/classify", fields, body)
                expect(answer, status, type, saying: says, in: "\(fields) \(body.prefix(20))")
            }
        }
    }

    // One of them does not cost the others their answers, however it comes; nor the memory for bodies, where it is not kept.
    @Test func answersBesidePicturesThatAreTooLarge() async throws {
        let change = { (setup: inout TestAPI.Setup) in
            (setup.settings.imageLimits.maximumBytes, setup.memory) = (100_000, 250_000)
        }
        let (large, red, blue) = (Data(count: 300_000), Photos.photo("red"), Photos.photo("blue"))
        try await with(change) { api in
            let files = [("1.png", red)] + (0..<8).map { ("big\($0).png", large) } + [("2.png", blue)]
            let answer = try await api.post("/classify", Form(files))
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.strings("results", "name") == files.map(\.0))
            #expect(answer.string("results.0.predictions.0.label") == "red")
            #expect(answer.string("results.9.predictions.0.label") == "blue")
            #expect(answer.string("results.1.error.type") == "urn:regraft:problem:too-many-bytes")
            #expect(answer.string("results.8.error.detail").contains("it has 300000 bytes; at most 100000 are read"))
            let images = [red, Data(count: 101_000), blue].map { #"{"b64": "\#(base64($0))"}"# }
            let json = try await api.json("POST", "/classify", #"{"images": [\#(images.joined(separator: ","))]}"#)
            #expect(json.string("results.1.error.type") == "urn:regraft:problem:too-many-bytes", "\(json.text)")
            #expect(json.string("results.2.predictions.0.label") == "blue")
            expect(try await api.ask("POST", "/classify", [:], large), 413, "content-too-large", saying: "100000")
        }
        // The body as a whole, and what is kept of it, have their own limits.
        let some = Form([("1.png", red), ("big.png", large)])
        let small = { (setup: inout TestAPI.Setup) in setup.settings.classifyBytes = 200_000 }
        try await with(small) { api in
            expect(try await api.post("/classify", some), 413, "content-too-large", saying: "200000")
        }
        try await with({ ($0.settings.imageLimits.maximumBytes, $0.memory) = (2_000, 3_000) }) { api in
            let many = Form((0..<5).map { (name: "\($0).png", bytes: Photos.photo("red", $0)) })
            let answer = try await api.post("/classify", many)
            expect(answer, 413, "content-too-large", saying: "of all bodies in memory")
        }
    }

    // A limit of pictures is none of fields.
    @Test func takesOneNamedPictureWhereOneIsTheLimit() async throws {
        try await with({ $0.settings.classifyImages = 1 }) { api in
            let image = #"{"b64": "\#(base64(Photos.photo("red")))", "name": "n"}"#
            let answer = try await api.json("POST", "/classify", #"{"images": [\#(image)]}"#)
            #expect(answer.string("results.0.name") == "n", "\(answer.text)")
            #expect(answer.string("results.0.predictions.0.label") == "red")
        }
    }

    @Test func takesSoManyPicturesAndNoMore() async throws {
        try await with({ $0.settings.classifyImages = 2 }) { api in
            for count in [2, 3] {
                let pictures = (0..<count).map { (name: "\($0).png", bytes: Photos.photo("red", $0)) }
                let form = try await api.post("/classify", Form(pictures))
                let images = pictures.map { #"{"b64": "\#(base64($0.bytes))"}"# }.joined(separator: ",")
                let json = try await api.json("POST", "/classify", #"{"images": [\#(images)]}"#)
                for answer in [form, json] {
                    if count == 2 {
                        #expect(answer.status == 200, "\(answer.text)")
                    } else {
                        expect(answer, 413, "content-too-large", saying: "2")
                    }
                }
            }
        }
    }
}

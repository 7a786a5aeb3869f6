import Foundation
import TestSupport
import Testing

/// JSON to the letter (RFC 8259).
struct JSONTests {
    private static let wrong = [
        #"{"dataset": "N",}"#, #"{"dataset": "N", "views": [1,]}"#, #"{,"dataset": "N"}"#, #"{"dataset" "N"}"#,
        #"{"dataset": "N" "seed": 1}"#, #"{dataset: "N"}"#, #"{"dataset": "N"} // nothing"#, #"{"dataset": "N"}x"#,
        #"{"seed": 01}"#, #"{"seed": -}"#, #"{"seed": 1.}"#, #"{"seed": .5}"#, #"{"seed": 1e}"#, #"{"seed": +1}"#,
        #"{"seed": 1e999}"#, #"{"seed": 0x10}"#, #"{"seed": Infinity}"#, #"{"seed": tru}"#, #"{"seed": nul"#,
        #"{"dataset": "a\qb"}"#, #"{"dataset": "\u12"}"#, #"{"dataset": "\u+123"}"#, #"{"dataset": "\udc00"}"#,
        #"{"dataset": "\ud83dx"}"#, #"{"dataset": "\ud83d\u0041"}"#, "{\"dataset\": \"a\nb\"}", #"{"dataset": "N"#,
        #"{"dataset": "N\"#, #"{"seed": 1, "seed": 2}"#, #"{"seed": 1, "se\u0065d": 2}"#,
        #"{"seed": \#(String(repeating: "[", count: 70))"#,
    ]

    @Test func refusesWhatIsNone() async throws {
        try await TestAPI.with { api in
            for body in Self.wrong {
                let answer = try await api.json("POST", "/v1/jobs", body)
                expect(answer, 400, "bad-request", saying: "no valid JSON", "at byte", in: body)
            }
            let bytes = Data(#"{"dataset": ""#.utf8) + Data([0xC3, 0x28]) + Data(#""}"#.utf8)
            let fields = ["Content-Type": "application/json"]
            expect(try await api.ask("POST", "/v1/jobs", fields, bytes), 400, "bad-request", saying: "UTF-8")
        }
    }

    @Test func readsEveryEscape() async throws {
        let texts = [
            (#"caf\u00e9"#, "café"), (#"\ud83D\uDE00"#, "😀"), (#"a\/b"#, "a/b"), (#"\"\\"#, #""\"#), ("é😀", "é😀"),
            (#"\u0041\u00DFß"#, "Aßß"),
        ]
        try await TestAPI.with { api in
            try await api.addDataset("n", labels: ["red"], photos: 1)
            for (text, label) in texts {
                let answer = try await api.json(
                    "PATCH", "/v1/datasets/n/images/1", " \r\n\t{ \"label\" : \"\(text)\" }\n ")
                #expect(answer.status == 200 && answer.string("image.label") == label, "\(text): \(answer.text)")
            }
        }
    }

    @Test func readsNumbers() async throws {
        let numbers: [(String, Int)] = [
            ("0", 404), ("-0", 404), ("7", 404), ("1e2", 404), ("1.0E+1", 404), ("100e-1", 404), ("1.5", 400),
            ("-1", 400), ("9223372036854775807", 404), ("9223372036854775808", 400),
        ]
        try await TestAPI.with { api in
            for (number, status) in numbers {
                let answer = try await api.json("POST", "/v1/jobs", #"{"dataset": "N", "seed": \#(number)}"#)
                #expect(answer.status == status, "\(number): \(answer.text)")
            }
        }
    }

    // A list that is too long is refused where it begins to be, whatever follows.
    @Test func stopsAtTheLimits() async throws {
        try await TestAPI.with({
            $0.settings.classifyImages = 3; $0.labels = Photos.colours
        }) { api in
            let list = #"{"images": [0, 0, 0, 0, no more JSON"#
            expect(try await api.json("POST", "/classify", list), 413, "content-too-large", saying: "at most 3")
            let fields = (0..<1001).map { #""\#($0)": 0"# }.joined(separator: ",")
            let object = try await api.json("POST", "/v1/jobs", "{\(fields), no more JSON")
            expect(object, 413, "content-too-large", saying: "at most 1000")
        }
    }

    // Bodies that are long are read elsewhere, and the same.
    @Test func readsLongBodies() async throws {
        try await TestAPI.with({ $0.labels = Photos.colours }) { api in
            let photo = Photos.photo("red").base64EncodedString()
            let blanks = String(repeating: " ", count: 200_000)
            let answer = try await api.json("POST", "/classify", "{\"images\":\(blanks)[{\"b64\": \"\(photo)\"}]}")
            #expect(answer.string("results.0.predictions.0.label") == "red", "\(answer.text)")
            expect(try await api.json("POST", "/classify", "{\(blanks)"), 400, "bad-request", saying: "at byte 200001")
        }
    }

    // An answer does not grow with what is wrong.
    @Test func tellsTwentyMistakes() async throws {
        try await TestAPI.with { api in
            let fields = (0..<51).map { #""field\#($0)": 0"# }.joined(separator: ",")
            let answer = try await api.json("POST", "/v1/jobs", #"{"dataset": "N", \#(fields)}"#)
            expect(answer, 400, "invalid-fields", saying: "51 fields are wrong", "and 31 more")
            #expect(answer.strings("errors", "subject").count == 20)
        }
    }

    @Test func namesWhatIsWrongOnce() async throws {
        let cases = [
            (#"{"dataset": "N", "learning_rate": 0}"#, "learning_rate"), (#"{"dataset": "a b"}"#, "dataset"),
            (#"{"dataset": "N", "validation_percentage": 90, "testing_percentage": 90}"#, "testing_percentage"),
        ]
        try await TestAPI.with { api in
            for (body, field) in cases {
                let answer = try await api.json("POST", "/v1/jobs", body)
                expect(answer, 400, "invalid-fields", saying: "The field '\(field)' is wrong: ", in: body)
                #expect(answer.strings("errors", "subject") == [field])
            }
        }
    }

    @Test func saysWhatIsMissing() async throws {
        try await TestAPI.with { api in
            let dataset = try await api.json("POST", "/v1/jobs", "{}")
            expect(dataset, 400, "invalid-fields", saying: #""The field 'dataset' is missing.""#)
            let label = try await api.ask("POST", "/v1/datasets/n/images", [:], Photos.photo("red"))
            expect(label, 400, "invalid-parameters", saying: #""The parameter 'label' is missing.""#)
            let format = try await api.get("/v1/models/N/versions/1/export")
            expect(format, 400, "invalid-parameters", saying: "The parameter 'format' is missing; it must be one of ")
        }
    }

    @Test func writesNumbersOut() async throws {
        try await TestAPI.with { api in
            let answer = try await api.json(
                "POST", "/v1/jobs", #"{"dataset": "N", "recipe": "retrain", "learning_rate": 0}"#)
            expect(answer, 400, "invalid-fields", saying: "a number from 0.000000001 to 1000000.")
        }
    }
}

import Foundation
import TestSupport
import Testing

/// `…/export`: a version as a file. That other programs compute the same with it is looked at by `scripts/formats_check.py`.
struct ExportRoutesTests {
    private static let path = "/v1/models/m/versions/1/export"

    /// The means of the three colours, which are the features of the engine that answers in these tests.
    private static var network: Data {
        var made = MadeONNX(width: 8, height: 8)
        made.nodes = [.init("GlobalAveragePool", ["in"], "pool"), .init("Flatten", ["pool"], "out")]
        made.outputs = ["out"]
        return made.data
    }

    private func withModel(_ body: (TestAPI) async throws -> Void) async throws {
        try await TestAPI.with({ ($0.runsJobs, $0.network) = (true, Self.network) }) { api in
            try await api.addModel("m")
            try await body(api)
        }
    }

    @Test func givesEachFormat() async throws {
        try await withModel { api in
            let files: [(format: String, name: String, type: String)] = [
                ("bundle", "m-1.regraft", "application/json"),
                ("labels", "m-1-labels.txt", "text/plain; charset=utf-8"),
                ("onnx", "m-1.onnx", "application/octet-stream"),
                ("onnx-u8", "m-1-u8.onnx", "application/octet-stream"),
                ("tensorflow", "m-1.pb", "application/octet-stream"),
            ]
            for (format, name, type) in files {
                let file = try await api.get("\(Self.path)?format=\(format)")
                #expect(file.status == 200, "\(format): \(file.text)")
                #expect(file.fields["content-disposition"] == "attachment; filename=\"\(name)\"")
                #expect(file.fields["content-type"] == type)
                #expect(file.fields["cache-control"] == "private, no-cache")
            }
            #expect(try await api.get("\(Self.path)?format=labels").text == "blue\nred\n")
            #expect(try await api.get("\(Self.path)?format=bundle").text.hasPrefix("{"))
            // What is text in them, wherever it stands.
            let onnx = try await api.get("\(Self.path)?format=onnx").text
            for text in ["probabilities", #"["blue","red"]"#, "model_version", "float32"] {
                #expect(onnx.contains(text), "\(text)")
            }
            #expect(try await api.get("\(Self.path)?format=onnx-u8").text.contains("uint8"))
            #expect(try await api.get("\(Self.path)?format=tensorflow").text.contains("final_result"))
        }
    }

    // Who has a file already is not sent it again, nor is it made again.
    @Test func answersWhoHasItAlready() async throws {
        try await withModel { api in
            var tags: Set<String> = []
            for format in ["bundle", "labels", "onnx", "onnx-u8", "tensorflow"] {
                let path = "\(Self.path)?format=\(format)"
                let tag = try #require(try await api.get(path).fields["etag"])
                #expect(tags.insert(tag).inserted)
                let again = try await api.get(path, ["If-None-Match": tag])
                #expect(again.status == 304 && again.text.isEmpty)
                #expect(try await api.get(path, ["If-None-Match": "\"other\""]).status == 200)
            }
        }
    }

    @Test func listsTheFormats() async throws {
        try await withModel { api in
            for query in ["", "?format=", "?format=onyx", "?format=LABELS"] {
                let answer = try await api.get(Self.path + query)
                let formats = "bundle, labels, onnx, onnx-u8, tensorflow"
                expect(answer, 400, "invalid-parameters", saying: "'format'", formats, in: query)
            }
        }
    }

    // A backbone whose network is no ONNX file cannot be exported; its head can.
    @Test func saysWhatCannotBeExported() async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addModel("m")
            for format in ["onnx", "onnx-u8", "tensorflow"] {
                let answer = try await api.get("\(Self.path)?format=\(format)")
                expect(
                    answer, 409, "unexportable-backbone", saying: "'stub'", "stub.bin", "Convert it to ONNX", in: format
                )
            }
            #expect(try await api.get("\(Self.path)?format=bundle").status == 200)
        }
    }
}

import Foundation
import TestSupport
import Testing

/// `…/export`: files of a version. That other programs compute the same with them is looked at by `scripts/formats_check.py`.
struct ExportRoutesTests {
    private static let path = "/v1/models/m/versions/1/export"

    /// The means of the three colours, which are the features of the engine that answers in these tests.
    private static var network: Data {
        var made = MadeONNX(width: 8, height: 8)
        made.nodes = [.init("GlobalAveragePool", ["in"], "pool"), .init("Flatten", ["pool"], "out")]
        made.outputs = ["out"]
        return made.data
    }

    private func withModel(versions: Int = 1, _ body: (TestAPI) async throws -> Void) async throws {
        try await TestAPI.with({ ($0.runsJobs, $0.network) = (true, Self.network) }) { api in
            try await api.addModel("m", versions: versions)
            try await body(api)
        }
    }

    @Test func givesEachFormat() async throws {
        try await withModel { api in
            let files: [(format: String, name: String, type: String)] = [
                ("bundle", "m-1.regraft", "application/vnd.regraft.bundle"),
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
                #expect(file.fields["x-content-type-options"] == "nosniff")
            }
            #expect(try await api.get("\(Self.path)?format=labels").text == "blue\nred\n")
            #expect(try await api.get("\(Self.path)?format=bundle").text.contains("RGRAFT\n"))
            // What is text in them, wherever it stands.
            let onnx = try await api.get("\(Self.path)?format=onnx").text
            for text in ["probabilities", #"["blue","red"]"#, "model_version", "float32"] {
                #expect(onnx.contains(text), "\(text)")
            }
            #expect(try await api.get("\(Self.path)?format=onnx-u8").text.contains("uint8"))
            #expect(try await api.get("\(Self.path)?format=tensorflow").text.contains("final_result"))
        }
    }

    @Test func takesANumberOrAnAlias() async throws {
        try await withModel(versions: 2) { api in
            let latest = try await api.get("/v1/models/m/versions/latest/export?format=bundle")
            #expect(latest.fields["content-disposition"]?.contains("m-2.regraft") == true, "\(latest.status)")
            #expect(try await api.get("/v1/models/m/versions/2/export?format=bundle").text == latest.text)
            let best = try await api.get("/v1/models/m/versions/best/export?format=bundle")
            expect(best, 404, "unknown-alias", saying: "'best'")
            let wrong = try await api.get("/v1/models/m/versions/-/export?format=bundle")
            expect(wrong, 400, "invalid-name", saying: "alias")
        }
    }

    // An address may come to mean another file, so caches ask, and get no body where it is still that one.
    @Test(arguments: ["bundle", "onnx", "onnx-u8", "tensorflow"])
    func isAskedAboutByItsContent(_ format: String) async throws {
        try await withModel(versions: 2) { api in
            let address = "/v1/models/m/versions/latest/export?format=\(format)"
            let first = try await api.get(address)
            let tag = try #require(first.fields["etag"])
            let again = try await api.get(address, ["If-None-Match": tag])
            #expect(again.status == 304 && again.text.isEmpty && again.fields["etag"] == tag)
            let head = try await api.ask("HEAD", address)
            #expect(head.status == 200 && head.fields["etag"] == tag)
            #expect(try await api.get(address, ["If-None-Match": "\"other\""]).status == 200)
            guard format == "bundle" else { return }
            _ = try await api.json("PUT", "/v1/models/m/aliases/latest", #"{"version": 1}"#)
            let other = try await api.get(address, ["If-None-Match": tag])
            #expect(other.status == 200 && other.fields["etag"] != tag)
        }
    }

    @Test func saysWhichFormatsThereAre() async throws {
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

    // Somebody has cleaned up, or brought a newer network. Where the file lies is nobody's business who asks.
    @Test func saysThatTheBackboneIsNoLongerWhatItWas() async throws {
        try await withModel { api in
            let file = try #require(api.environment.backbones.catalogue.entries.first?.networkFile)
            try Data("another".utf8).write(to: file)
            let changed = try await api.get("\(Self.path)?format=onnx")
            expect(changed, 409, "backbone-hash-mismatch", saying: "stub.onnx has been changed")
            try FileManager.default.removeItem(at: file)
            let gone = try await api.get("\(Self.path)?format=onnx")
            expect(gone, 409, "missing-backbone-file", saying: "'stub'", "stub.onnx", "Put it back")
            for answer in [changed, gone] {
                #expect(!answer.text.contains(file.deletingLastPathComponent().path))
            }
            #expect(try await api.get("\(Self.path)?format=bundle").status == 200)
        }
    }
}

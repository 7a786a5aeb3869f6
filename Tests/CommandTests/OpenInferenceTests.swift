import Foundation
import TestSupport
import Testing

/// `/v2` as a client of KServe's or Triton's meets it, with fixed requests; `scripts/openapi_check.py` lets `tritonclient` itself
/// speak to it.
struct OpenInferenceTests {
    private let colours: TrainedColours

    init() throws { colours = try TrainedColours() }

    private func infer(_ body: String, path: String = "/v2/models/colours/infer") throws -> Answer {
        try colours.server.json(path, body)
    }

    private func infer(_ body: Data, jsonLength: Int) throws -> Answer {
        try colours.workshop.folder.write(body, to: "body.bin")
        return try colours.server.curl(
            "/v2/models/colours/infer", "--data-binary", "@body.bin", "-H",
            "Content-Type: application/octet-stream", "-H", "Inference-Header-Content-Length: \(jsonLength)")
    }

    private func base64(_ colour: String) throws -> String {
        try colours.workshop.read("unseen/\(colour).png").base64EncodedString()
    }

    @Test func tellsWhatThereIs() throws {
        let server = colours.server
        #expect(try server.curl("/v2").text.contains("\"binary_tensor_data\""))
        #expect(try server.curl("/v2/health/live").text == "{\"live\":true}\n")
        #expect(try server.curl("/v2/health/ready").text == "{\"ready\":true}\n")
        for path in ["/v2/models/colours", "/v2/models/colours/versions/1"] {
            #expect(try server.curl("\(path)/ready").text == "{\"name\":\"colours\",\"ready\":true}\n")
            #expect(
                try server.curl(path).text == """
                    {"inputs":[{"datatype":"BYTES","name":"image","parameters":{"content_type":"base64"},"shape":[-1]},\
                    {"datatype":"FP32","name":"pixels","shape":[-1,16,16,3]}],"name":"colours","outputs":\
                    [{"datatype":"FP32","name":"probabilities","shape":[-1,3]},\
                    {"datatype":"BYTES","name":"labels","shape":[-1,3]}],"platform":"regraft_openvino","versions":["1"]}

                    """)
        }
    }

    // The same pictures in each of the ways in which they can come, and the same answers as at /classify.
    @Test func answersAsClassifyDoes() throws {
        var expected: [[Double]] = []
        for colour in ["red", "blue"] {
            let answer = try colours.server.curl("/classify", "-X", "POST", "-T", "unseen/\(colour).png")
            var row = [0.0, 0, 0]
            for place in 0..<3 {
                row[answer.integer("predictions.\(place).index")] =
                    answer["predictions.\(place).probability"] as? Double ?? -1
            }
            expected.append(row)
        }
        let both = try "[\"\(base64("red"))\", \"\(base64("blue"))\"]"
        // Unknown fields and parameters are passed over.
        let json = try infer(
            """
            {"id": "a1", "model_name": "x", "parameters": {"priority": 3}, "inputs": [{"name": "image", "shape": [2],
             "datatype": "BYTES", "parameters": {"content_type": "base64"}, "data": \(both)}]}
            """)
        #expect(json.string("id") == "a1" && json.string("model_name") == "colours", "\(json.text)")
        #expect(json.string("model_version") == "1" && json["outputs.0.shape"] as? [Int] == [2, 3])
        let probabilities = try #require(json["outputs.0.data"] as? [Double])
        for (found, wanted) in zip(probabilities, expected.flatMap(\.self)) { #expect(abs(found - wanted) < 1e-6) }
        #expect(probabilities.count == 6 && probabilities[2] > 0.8 && probabilities[3] > 0.8)
        let names = ["blue", "green", "red"]
        #expect(json.string("outputs.1.name") == "labels" && json["outputs.1.data"] as? [String] == names + names)

        // Nested, as numpy's lists are; without the parameter, since the metadata says base64; one output.
        let nested = try infer(
            """
            {"inputs": [{"name": "image", "shape": [2, 1], "datatype": "BYTES",
             "data": [[\"\(base64("red"))\"], [\"\(base64("blue"))\"]]}],
             "outputs": [{"name": "probabilities", "parameters": {"binary_data": false}}]}
            """, path: "/v2/models/colours/versions/latest/infer")
        #expect(nested["outputs.0.data"] as? [Double] == probabilities && nested["outputs.1.name"] == nil)
        #expect(!nested.text.contains("\"id\""))

        // Triton's classification: value, index and label, the most likely first.
        let top = try infer(
            """
            {"inputs": [{"name": "image", "shape": [2], "datatype": "BYTES", "data": \(both)}],
             "outputs": [{"name": "probabilities", "parameters": {"classification": 1}}]}
            """)
        #expect(top["outputs.0.shape"] as? [Int] == [2, 1] && top.string("outputs.0.datatype") == "BYTES")
        #expect(top.string("outputs.0.data.0").hasSuffix(":2:red"), "\(top.text)")
        #expect(top.string("outputs.0.data.1").hasSuffix(":0:blue"), "\(top.text)")

        // The files themselves, each behind its length; and one as the whole body.
        let files = try ["red", "blue"].map { try colours.workshop.read("unseen/\($0).png") }
        let tensor = files.reduce(into: Data()) { $0 += Self.little($1.count) + $1 }
        let head = Data(
            """
            {"inputs": [{"name": "image", "shape": [2], "datatype": "BYTES", "parameters":
             {"binary_data_size": \(tensor.count)}}]}
            """.utf8)
        #expect(try infer(head + tensor, jsonLength: head.count)["outputs.0.data"] as? [Double] == probabilities)
        #expect(try infer(files[1], jsonLength: 0)["outputs.0.data"] as? [Double] == Array(probabilities[3...]))
    }

    @Test func takesPixels() throws {
        let reds = (0..<16 * 16).map { _ in "[200, 40.4, 39.6]" }.joined(separator: ",")
        let flat = (0..<16 * 16).map { _ in "40,40,200" }.joined(separator: ",")
        let request = { (data: String) in
            """
            {"inputs": [{"name": "pixels", "shape": [1, 16, 16, 3], "datatype": "FP32", "data": \(data)}]}
            """
        }
        let red = try infer(request("[[\(reds)]]"))
        #expect((red["outputs.0.data.2"] as? Double ?? 0) > 0.8, "\(red.text)")
        let blue = try infer(request("[\(flat)]"))
        #expect((blue["outputs.0.data.0"] as? Double ?? 0) > 0.8, "\(blue.text)")

        // As bytes, and the answer as bytes too.
        let numbers = (0..<16 * 16).flatMap { _ in [40, 40, 200] as [Float] }
        let tensor = numbers.reduce(into: Data()) { $0 += Self.little(Int($1.bitPattern)) }
        let head = Data(
            """
            {"parameters": {"binary_data_output": true}, "inputs": [{"name": "pixels", "shape": [1, 16, 16, 3],
             "datatype": "FP32", "parameters": {"binary_data_size": \(tensor.count)}}], "outputs": [{"name": "probabilities"},
             {"name": "labels", "parameters": {"binary_data": false}}]}
            """.utf8)
        try colours.workshop.folder.write(head + tensor, to: "body.bin")
        let status = try colours.server.curl(
            "/v2/models/colours/infer", "--data-binary", "@body.bin", "-o", "answer.bin", "-D", "head.txt", "-H",
            "Inference-Header-Content-Length: \(head.count)"
        ).status
        #expect(status == 200)
        let fields = String(decoding: try colours.workshop.read("head.txt"), as: UTF8.self).lowercased()
        let length = try #require(fields.firstMatch(of: /inference-header-content-length: (\d+)/).flatMap { Int($0.1) })
        let answer = try colours.workshop.read("answer.bin")
        #expect(answer.count == length + 12)
        let shown = Answer(status: 200, text: String(decoding: answer.prefix(length), as: UTF8.self))
        #expect(shown.integer("outputs.0.parameters.binary_data_size") == 12 && shown["outputs.0.data"] == nil)
        #expect(shown.string("outputs.1.data.0") == "blue")
        for (place, wanted) in (blue["outputs.0.data"] as? [Double] ?? []).enumerated() {
            let bits = answer.dropFirst(length + place * 4).prefix(4).reversed().reduce(UInt32(0)) {
                $0 << 8 | UInt32($1)
            }
            #expect(Float(bitPattern: bits) == Float(wanted))
        }
    }

    @Test func tellsErrorsAsTheProtocolDoes() throws {
        let image = try base64("red")
        func input(_ fields: String) -> String { "{\"inputs\": [{\(fields)}]}" }
        let good = "\"name\": \"image\", \"shape\": [1], \"datatype\": \"BYTES\", \"data\": [\"\(image)\"]"
        let cases: [(String, Int, String)] = [
            ("{", 400, "no valid JSON"),
            ("[]", 400, "another type"),
            ("{}", 400, "lacks the field 'inputs'"),
            ("{\"inputs\": []}", 400, "one input"),
            ("{\"inputs\": [{\(good)}, {\(good)}]}", 400, "one input"),
            (input("\"name\": \"image\", \"shape\": [1], \"datatype\": \"BYTES\""), 400, "lacks the field 'data'"),
            (input(good.replacing("\"image\"", with: "\"x\"")), 400, "no input 'x'"),
            (input(good.replacing("BYTES", with: "UINT8")), 400, "another type"),
            (input(good.replacing("[1]", with: "[2]")), 400, "has 1 elements"),
            (input(good.replacing("[1]", with: "[1, 2]")), 400, "must be BYTES"),
            (input(good.replacing("[1]", with: "[-1]")), 400, "must be BYTES"),
            (input(good.replacing("[1]", with: "[9223372036854775807]")), 413, "at most"),
            (input(good.replacing(image, with: "===")), 400, "no base64"),
            (input(good.replacing(image, with: "-_" + image)), 400, "no base64"),
            (input(good.replacing(image, with: "data:image/png;base64," + image)), 400, "no base64"),
            (input(good.replacing(image, with: "AAAA")), 415, "element 0"),
            (input(good + ", \"parameters\": {\"content_type\": \"str\"}"), 400, "only be base64"),
            (input(good + ", \"parameters\": {\"binary_data_size\": 9}"), 400, "binary_data_size"),
            ("{\"inputs\": [{\(good)}], \"outputs\": [{\"name\": \"x\"}]}", 400, "no output 'x'"),
            (
                "{\"inputs\": [{\(good)}], \"outputs\": [{\"name\": \"labels\"}, {\"name\": \"labels\"}]}", 400,
                "'labels' is asked for twice"
            ),
            (
                input("\"name\": \"pixels\", \"shape\": [1,8,8,3], \"datatype\": \"FP32\", \"data\": []"), 400,
                "[n, 16, 16, 3]"
            ),
            (
                input("\"name\": \"pixels\", \"shape\": [1,16,16,3], \"datatype\": \"FP32\", \"data\": [1]"), 400,
                "by its shape there are 768"
            ),
            (
                input(
                    "\"name\": \"pixels\", \"shape\": [1,16,16,3], \"datatype\": \"FP32\", \"data\": ["
                        + [String](repeating: "255.1", count: 768).joined(separator: ",") + "]"), 400, "from 0 to 255"
            ),
        ]
        for (body, status, word) in cases {
            let answer = try infer(body)
            #expect(
                answer.status == status && answer.string("error").contains(word), "\(body.prefix(99)): \(answer.text)")
        }
        // What no handler sees, and what a name leads to.
        let server = colours.server
        for (path, arguments, status) in [
            ("/v2/models/none", [], 404), ("/v2/models/colours/versions/9", [], 404),
            ("/v2/models/colours/versions/other", [], 404), ("/v2/models/a%20b/ready", [], 400),
            ("/v2/models", [], 404), ("/v2", ["-X", "DELETE"], 405),
            ("/v2/models/colours/infer", ["-d", "x", "-H", "Inference-Header-Content-Length: 2"], 400),
            ("/v2/models/colours/infer", ["-d", "x", "-H", "Inference-Header-Content-Length: -1"], 400),
        ] as [(String, [String], Int)] {
            let answer = try server.curlAll(path, arguments)
            #expect(
                answer.status == status && !answer.string("error").isEmpty, "\(path): \(answer.status) \(answer.text)")
            #expect(answer["type"] == nil, "\(path)")
        }
        // Behind the JSON: an element that is cut off, and bytes that belong to nothing.
        let head = Data(
            input(good.replacing("\"data\": [\"\(image)\"]", with: "\"parameters\": {\"binary_data_size\": 6}")).utf8)
        for (tail, word) in [
            (Data([9, 0, 0, 0, 1, 2]), "ends within"), (Data([2, 0, 0, 0, 1, 2, 3]), "belong to no input"),
        ] {
            let answer = try infer(head + tail, jsonLength: head.count)
            #expect(answer.status == 400 && answer.string("error").contains(word), "\(answer.text)")
        }
    }

    // Probes of health have no key, and one that is for classifying is enough for the rest.
    @Test func asksForAKeyAsTheOtherRoutesDo() throws {
        // printf %s secret | sha256sum
        let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
        let workshop = try Workshop()
        let server = try ServeProcess(in: workshop.url, ["--set", "api_keys=me:\(hash):classify"])
        for path in ["/v2/health/live", "/v2/health/ready"] { #expect(try server.curl(path).status == 200) }
        let refused = try server.curl("/v2/models/colours")
        #expect(refused.status == 401 && refused.string("error").contains("API key"), "\(refused.text)")
        let key = "Authorization: Bearer secret"
        #expect(try server.curl("/v2", "-H", key).status == 200)
        #expect(try server.curl("/v2/models/colours/infer", "-H", key, "-d", "{}").status == 404)
    }

    private static func little(_ number: Int) -> Data {
        Data((0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
    }
}

import Domain
import Formats
import Foundation
import TestSupport
import Testing

/// What is in the file, by the field numbers of onnx.proto. That other programs compute the same with it is looked at by
/// `scripts/formats_check.py`, and in `Tests/JobsTests/Exchange/`.
struct ONNXExportTests {
    private func export(_ made: MadeONNX, input: ONNXExport.Input = .normalised) throws -> WireMessage {
        let network = try BackboneNetwork(onnx: made.data, Exporting.description())
        let data = try ONNXExport(network, input: input).data(
            Exporting.head, fit: .squash, model: "flowers", version: "3")
        return try #require(WireMessage(data))
    }

    private func metadata(_ file: WireMessage) -> [String: String] {
        Dictionary(uniqueKeysWithValues: file.messages(14).map { ($0.text(1), $0.text(2)) })
    }

    /// Name, type and lengths (or names of lengths) of inputs or outputs.
    private func described(_ value: WireMessage) -> String {
        let type = value.message(2).message(1)
        let lengths = type.message(2).messages(1).map { $0.integers(1).first.map { "\($0)" } ?? $0.text(2) }
        return "\(value.text(1)) \(type.integers(1)) \(lengths.joined(separator: "×"))"
    }

    @Test func keepsWhatTheBottleneckNeedsAndNoMore() throws {
        let graph = try export(Exporting.network()).message(7)
        let nodes = graph.messages(1)
        #expect(nodes.map { $0.text(4) }.prefix(3) == ["Conv", "GlobalAveragePool", "Flatten"])
        #expect(nodes.map { $0.text(4) }.suffix(2) == ["Gemm", "Softmax"])
        #expect(nodes[0].texts(1) == ["input", "kernel"] && nodes.last?.texts(2) == ["probabilities"])
        #expect(!nodes.contains { $0.texts(1).contains("classes") })
        let tensors = graph.messages(5).map { $0.text(8) }
        #expect(tensors.contains("kernel") && !tensors.contains("classes"))
        #expect(graph.messages(11).map(described) == ["input [1] N×3×8×8"])
        #expect(graph.messages(12).map(described) == ["probabilities [1] N×2", "logits [1] N×2"])
        #expect(graph.messages(13).isEmpty)
    }

    // Every tensor is made before it is used, and by one node.
    @Test(arguments: [ONNXExport.Input.normalised, .pixels])
    func isInOrder(input: ONNXExport.Input) throws {
        let graph = try export(Exporting.network(), input: input).message(7)
        var known = Set(graph.messages(5).map { $0.text(8) } + ["input"])
        for node in graph.messages(1) {
            #expect(known.isSuperset(of: node.texts(1)), "\(node.text(4)) takes \(node.texts(1))")
            for output in node.texts(2) { #expect(known.insert(output).inserted, "\(output) is made twice") }
        }
    }

    @Test func takesPixels() throws {
        let file = try export(Exporting.network(), input: .pixels)
        let graph = file.message(7)
        #expect(graph.messages(11).map(described) == ["input [2] N×8×8×3"])
        #expect(graph.messages(1).map { $0.text(4) }.prefix(5) == ["Cast", "Sub", "Div", "Transpose", "Conv"])
        let said = metadata(file)
        #expect(said["input_type"] == "uint8" && said["input_layout"] == "NHWC" && said["input_mean"] == nil)
    }

    @Test func saysHowToUseIt() throws {
        var made = Exporting.network()
        made.metadata = [("license", "Apache-2.0")]
        #expect(
            metadata(try export(made)) == [
                "model_name": "flowers", "model_version": "3", "labels": #"["a","\"b\" ü"]"#, "backbone": "made",
                "backbone_sha256": String(repeating: "ab", count: 32), "input_width": "8", "input_height": "8",
                "input_fit": "squash", "input_crop_fraction": "0.875", "input_layout": "NCHW",
                "input_channels": "RGB", "input_type": "float32", "input_mean": "[127,128,129]",
                "input_std": "[1,2,4]", "backbone.license": "Apache-2.0",
            ])
    }

    // A backbone may use any names, also those that the export adds.
    @Test func givesWayToItsOwnNames() throws {
        var made = Exporting.network()
        made.nodes[0].outputs = ["probabilities"]
        made.nodes[1].inputs = ["probabilities"]
        let nodes = try export(made).message(7).messages(1)
        #expect(nodes[0].texts(2) == ["backbone/probabilities"] && nodes[1].texts(1) == ["backbone/probabilities"])
    }

    // Up to IR version 3 weights are inputs as well.
    @Test func takesOldFiles() throws {
        var made = Exporting.network()
        (made.irVersion, made.opset) = (3, 9)
        made.more = [.message(11, .text(1, "kernel"))]
        let file = try export(made)
        #expect(file.integers(1) == [4] && file.message(7).messages(11).count == 1)
    }

    // A shape that is written into the network says how many pictures go in at once.
    @Test(arguments: [([0, -1], "N"), ([-1, 4], "N"), ([1, -1], "1")])
    func keepsAFixedBatch(shape: [Int], batch: String) throws {
        var made = Exporting.network()
        made.input.shape = [1, 3, 8, 8]
        made.integers = [("shape", shape)]
        made.nodes[2] = .init("Reshape", ["pool", "shape"], "out")
        let graph = try export(made).message(7)
        #expect(graph.messages(11).map(described) == ["input [1] \(batch)×3×8×8"])
        #expect(graph.messages(12).map(described)[0] == "probabilities [1] \(batch)×2")
    }

    @Test func alwaysGivesTheSameBytes() throws {
        let network = try BackboneNetwork(onnx: Exporting.network().data, Exporting.description())
        let files = try (0..<10).map { _ in
            try ONNXExport(network).data(Exporting.head, fit: .crop, model: "m", version: "1")
        }
        #expect(Set(files).count == 1)
    }

    // A count of numbers whose count of bytes cannot be written down.
    @Test func refusesMoreNumbersThanThereCanBe() {
        var made = Exporting.network()
        made.floats[0].shape = [1 << 61, 1, 1, 1]
        #expect(Exporting.refusal(made.data)?.code == "damaged_backbone")
    }

    @Test func refusesEveryCutOffFile() throws {
        let file = Exporting.network().data
        #expect(Exporting.refusal(file) == nil)
        // Behind the graph there are only the operators' version and metadata.
        for count in 0..<file.count { #expect(Exporting.refusal(file.prefix(count)) != nil, "\(count) bytes") }
        #expect(Exporting.refusal(file.prefix(file.count / 2))?.code == "damaged_backbone")
        #expect(Exporting.refusal(Data("no network".utf8))?.message.contains("another kind") == true)
    }

    // A flipped bit gives a reason or another network, and never a crash.
    @Test func survivesFlippedBits() {
        let file = Exporting.network().data
        for bit in 0..<file.count * 8 {
            var damaged = file
            damaged[bit / 8] ^= 1 << (bit % 8)
            _ = Exporting.refusal(damaged)
        }
    }

    private static let changes: [(String, @Sendable (inout MadeONNX) -> Void)] = [
        ("no tensor 'out'", { made in _ = made.nodes.remove(at: 2) }),
        ("needs the tensor 'kernel'", { made in _ = made.floats.remove(at: 0) }),
        ("no input 'in'", { made in made.input.name = "x" }),
        ("does not depend on 'in'", { made in made.nodes[2].inputs = ["classes"] }),
        ("version 8 of ONNX's operators", { made in made.opset = 8 }),
        ("not as many numbers", { made in _ = made.floats[0].values.removeLast() }),
        ("in another file", { made in made.more = [.message(5, .text(8, "x"), .integer(14, 1))] }),
    ]

    @Test(arguments: changes)
    func saysWhyItCannotBeExported(reason: String, change: @Sendable (inout MadeONNX) -> Void) {
        var made = Exporting.network()
        change(&made)
        let error = Exporting.refusal(made.data)
        #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func refusesAnotherHead() throws {
        let network = try BackboneNetwork(onnx: Exporting.network().data, Exporting.description(count: 3))
        let error = #expect(throws: RegraftError.self) {
            try ONNXExport(network).data(Exporting.head, fit: .crop, model: "m")
        }
        #expect(error?.code == "feature_count_mismatch")
    }
}

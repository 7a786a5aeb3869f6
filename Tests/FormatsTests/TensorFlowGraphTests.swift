import Domain
import Formats
import Foundation
import TestSupport
import Testing

/// What is in the file, by the field numbers of graph.proto, node_def.proto and attr_value.proto.
struct TensorFlowGraphTests {
    private struct Node {
        var name: String
        var operation: String
        var inputs: [String]
        var attributes: [String: WireMessage]

        init(_ message: WireMessage) {
            (name, operation, inputs) = (message.text(1), message.text(2), message.texts(3))
            attributes = Dictionary(
                uniqueKeysWithValues: message.messages(5).map { ($0.text(1), $0.message(2)) })
        }

        /// Of a constant.
        var tensor: (shape: [Int], content: Data) {
            let tensor = attributes["value"]?.message(8)
            let dimensions = tensor?.message(2).messages(2) ?? []
            return (dimensions.map { $0.integers(1).first ?? 0 }, tensor?.data(4) ?? Data())
        }
    }

    private func nodes(_ data: Data) throws -> [Node] { try #require(WireMessage(data)).messages(1).map(Node.init) }

    private func nodes(
        _ made: MadeONNX, _ description: NetworkDescription = Exporting.description(), output: String = "final_result"
    ) throws -> [Node] {
        let network = try BackboneNetwork(onnx: made.data, description)
        return try nodes(TensorFlowGraph(network, output: output).data(Exporting.head))
    }

    @Test func translatesTheNetworkAndTheHead() throws {
        let nodes = try nodes(Exporting.network(), output: "my/final")
        #expect(nodes.first?.name == "input" && nodes.first?.operation == "Placeholder")
        #expect(nodes.last?.name == "my/final" && nodes.last?.operation == "Softmax")
        let shape = nodes.first?.attributes["shape"]?.message(7).messages(2).map { $0.integers(1).first }
        #expect(shape == [-1, 8, 8, 3])
        #expect(
            nodes.filter { $0.operation != "Const" }.map(\.operation) == [
                "Placeholder", "Conv2D", "Mean", "Reshape", "Abs", "Sqrt", "Sign", "Mul", "Sum", "Sqrt", "Maximum",
                "RealDiv", "MatMul", "Add", "Softmax",
            ])
        #expect(nodes.contains { $0.name == "made/node_of_map/Conv2D" })
        // The head's matrix is [features, labels].
        let weights = try #require(nodes.first { $0.name == "final_training_ops/weights/final_weights" }).tensor
        #expect(weights.shape == [4, 2])
        #expect([Float](littleEndianBytes: weights.content) == [1, 5, 2, 6, 3, 7, 4, 8])
    }

    // Each node is there before it is used, and once.
    @Test func isInOrder() throws {
        var known: Set<String> = []
        for node in try nodes(Exporting.network()) {
            #expect(known.isSuperset(of: node.inputs), "\(node.name)")
            #expect(
                known.insert(node.name).inserted && node.name.wholeMatch(of: /[A-Za-z0-9.][A-Za-z0-9_.\/-]*/) != nil)
        }
    }

    // numpy: kernel = arange(108).reshape(4, 3, 3, 3); kernel.transpose(2, 3, 1, 0).ravel()[:6], and of a depthwise one
    // arange(54).reshape(6, 1, 3, 3) → transpose(2, 3, 1, 0).reshape(3, 3, 3, 2).
    @Test func laysWeightsOutAsTensorFlowDoes() throws {
        let full = try #require(
            nodes(Exporting.network()).first { $0.name == "made/node_of_map/weights" }
        ).tensor
        #expect(full.shape == [3, 3, 3, 4])
        #expect([Float](littleEndianBytes: full.content).prefix(6) == [0, 27, 54, 81, 9, 36])

        var made = Exporting.network()
        made.floats = [("kernel", [6, 1, 3, 3], (0..<54).map { Float($0) })]
        made.floats.append(("point", [4, 6, 1, 1], [Float](repeating: 1, count: 24)))
        made.nodes[0] = .init("Conv", ["in", "kernel"], "depth", attributes: [MadeONNX.integer("group", 3)])
        made.nodes.insert(.init("Conv", ["depth", "point"], "map"), at: 1)
        made.nodes.removeLast()
        let translated = try nodes(made)
        let depthwise = try #require(translated.first { $0.operation == "DepthwiseConv2dNative" })
        let tensor = try #require(translated.first { $0.name == depthwise.inputs[1] }).tensor
        #expect(tensor.shape == [3, 3, 3, 2])
        #expect([Float](littleEndianBytes: tensor.content).prefix(7) == [0, 9, 18, 27, 36, 45, 1])
    }

    // What TensorFlow 2.21's conv2d pads with for SAME, found by giving it each explicit padding (size, kernel, stride →
    // before, after): there it says SAME, and everywhere else the zeros are there to be seen.
    @Test(arguments: [
        (8, 3, 2, 0, 1), (7, 3, 2, 1, 1), (9, 5, 2, 2, 2), (8, 5, 1, 2, 2), (8, 4, 1, 1, 2), (15, 5, 2, 2, 2),
    ])
    func padsExactly(size: Int, kernel: Int, stride: Int, before: Int, after: Int) throws {
        func padding(_ before: Int, _ after: Int) throws -> (name: String, zeros: [Int]?) {
            var made = Exporting.network()
            made.floats = [
                ("kernel", [4, 3, kernel, kernel], [Float](repeating: 1, count: 12 * kernel * kernel))
            ]
            made.input.shape = [nil, 3, size, size]
            made.nodes[0].attributes = [
                MadeONNX.integers("strides", [stride, stride]),
                MadeONNX.integers("pads", [before, before, after, after]),
            ]
            made.nodes.removeLast()
            let nodes = try nodes(made, Exporting.description(width: size, height: size))
            let convolution = try #require(nodes.first { $0.operation == "Conv2D" })
            let zeros = nodes.first { $0.operation == "Pad" }.flatMap { pad in
                nodes.first { $0.name == pad.inputs[1] }?.tensor.content.withUnsafeBytes {
                    Array($0.bindMemory(to: Int32.self)).map(Int.init)
                }
            }
            return (convolution.attributes["padding"]?.text(2) ?? "", zeros)
        }
        #expect(try padding(before, after).name == "SAME" && padding(before, after).zeros == nil)
        #expect(try padding(0, 0).name == "VALID" && padding(0, 0).zeros == nil)
        let (more, less) = (before + 1, after)
        let explicit = try padding(more, less)
        #expect(explicit.name == "VALID" && explicit.zeros == [0, 0, more, less, more, less, 0, 0])
    }

    // To look at in TensorBoard.
    @Test func canLeaveTheWeightsOut() throws {
        let graph = try TensorFlowGraph(BackboneNetwork(onnx: Exporting.network().data, Exporting.description()))
        let (whole, light) = (try nodes(graph.data(Exporting.head)), try nodes(graph.weightless(Exporting.head)))
        #expect(light.map(\.name) == whole.map(\.name) && light.map(\.inputs) == whole.map(\.inputs))
        #expect(light.allSatisfy { $0.tensor.content.count <= 64 })
        let weights = try #require(light.first { $0.name == "made/node_of_map/weights" })
        #expect(weights.operation == "Placeholder")
        #expect(weights.attributes["shape"]?.message(7).messages(2).flatMap { $0.integers(1) } == [3, 3, 3, 4])
    }

    @Test func alwaysGivesTheSameBytes() throws {
        let network = try BackboneNetwork(onnx: Exporting.network().data, Exporting.description())
        let files = try (0..<10).map { _ in try TensorFlowGraph(network).data(Exporting.head) }
        #expect(Set(files).count == 1)
    }

    @Test func turnsColoursForABackboneThatTakesBlueFirst() throws {
        let nodes = try nodes(Exporting.network(), Exporting.description(isBGR: true))
        let turned = try #require(nodes.first { $0.operation == "ReverseV2" })
        #expect(turned.inputs[0] == "input")
        #expect(nodes.first { $0.operation == "Conv2D" }?.inputs[0] == turned.name)
    }

    @Test(arguments: ["", "input", "a b", "_x", "/x", "a:0", "ü", "-x"])
    func refusesWhatIsNoName(output: String) throws {
        let network = try BackboneNetwork(onnx: Exporting.network().data, Exporting.description())
        let error = #expect(throws: RegraftError.self) { try TensorFlowGraph(network, output: output) }
        #expect(error?.code == "invalid_tensor_name")
    }

    // Another node gives way.
    @Test func outputMayHaveTheNameOfANode() throws {
        let nodes = try nodes(Exporting.network(), output: "made/node_of_map/Conv2D")
        #expect(nodes.last?.name == "made/node_of_map/Conv2D" && nodes.last?.operation == "Softmax")
        #expect(nodes.contains { $0.name == "made/node_of_map/Conv2D_1" && $0.operation == "Conv2D" })
    }

    private static let changes: [(String, @Sendable (inout MadeONNX) -> Void)] = [
        ("'node of pool' (Loop)", { made in made.nodes[1].operation = "Loop" }),
        (
            "(Conv) has 2 groups of 2",
            { made in
                made.floats.append(("grouped", [4, 2, 1, 1], [Float](repeating: 1, count: 8)))
                made.nodes[1] = .init("Conv", ["map", "grouped"], "pool", attributes: [MadeONNX.integer("group", 2)])
            }
        ),
        ("that do not fit its input", { made in made.nodes[0].attributes = [MadeONNX.integers("strides", [0, 2])] }),
        ("that do not fit its input", { made in made.floats[0] = ("kernel", [2, 3, 18, 1], made.floats[0].values) }),
        ("of another length", { made in made.floats[0] = ("kernel", [2, 3, 3, 6], made.floats[0].values) }),
        ("other axes", { made in made.nodes[1] = .init("ReduceMean", ["map"], "pool") }),
        (
            "(Pad)",
            { made in
                made.nodes[1] = .init("Pad", ["map"], "pool", attributes: [MadeONNX.text("mode", "reflect")])
            }
        ),
        // Lengths with which nobody may count on.
        ("(Pad)", { made in made.nodes[1] = pad(65_537) }), ("(Pad)", { made in made.nodes[1] = pad(.max) }),
        ("more numbers than can be counted", { made in made.nodes[1] = pad(65_536) }),
        (
            "that does not fit its input",
            { made in made.nodes[0].attributes = [MadeONNX.integer("group", .max / 2)] }
        ),
    ]

    /// As many zeros on each of the four sides.
    private static func pad(_ width: Int) -> MadeONNX.Node {
        let pads = [0, 0, width, width, 0, 0, width, width]
        return .init("Pad", ["map"], "pool", attributes: [MadeONNX.integers("pads", pads)])
    }

    @Test(arguments: changes)
    func saysWhatIsNotTranslated(reason: String, change: @Sendable (inout MadeONNX) -> Void) {
        var made = Exporting.network()
        change(&made)
        let error = Exporting.refusal(made.data)
        #expect(error?.code == "unexportable_backbone")
        #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
    }
}

import Domain
import Formats
import Foundation
import Images
import Inference
import Jobs
import TestSupport
import Testing

/// Exported files as OpenVINO computes them: a reader of both formats that is not ours.
struct ExportedNetworkTests {
    private static let (width, height) = (15, 12)

    private static let picture = MadePicture(width: width, height: height) { x, y, channel in
        (x * 11 + y * (channel + 1) * 17 + x * y * channel) % 256
    }

    private static func head(_ transform: FeatureTransform, features: Int) -> Head {
        var random = SeededRandom(seed: 7)
        func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.uniform(in: -1...1)) } }
        return Head(
            labels: ["a", "b", "c"], transform: transform, featureCount: features, weights: numbers(features * 3),
            biases: numbers(3))
    }

    private static func descriptor(_ file: String, _ input: String, _ layout: String, _ features: String, _ count: Int)
        -> String
    {
        MadeNetwork.descriptor(
            file: file, input: input, width: width, height: height, layout: layout, channels: "RGB",
            mean: [100, 120, 140], std: [60, 80, 100], features: features, featureCount: count
        ).replacing(#", "feature_map": "map""#, with: "")
    }

    /// What a network says of the picture.
    private func answer(_ file: Data, _ name: String, _ input: String, _ layout: String, _ output: String) throws
        -> [Float]
    {
        let folder = try TemporaryFolder()
        try folder.write(file, to: name)
        try folder.write(Self.descriptor(name, input, layout, output, 3), to: "made.json")
        let backbone = try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: []).backbone("made")
        let session = try OpenVINOEngine(backbone, streams: 1).makeSession()
        _ = session.input.update(fromContentsOf: Self.picture.pixels)
        try session.run()
        return Array(session.output(.features))
    }

    /// What both of the files say of the picture.
    private func answers(_ onnx: Data, _ head: Head) throws -> (onnx: [Float], tensorFlow: [Float]) {
        let folder = try TemporaryFolder()
        try folder.write(onnx, to: "network.onnx")
        try folder.write(
            Self.descriptor("network.onnx", "in", "NCHW", "out", head.featureCount), to: "made.json")
        let network = try BackboneNetwork(
            BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: []).backbone("made"))
        return (
            try answer(
                ONNXExport(network).data(head, fit: .crop, model: "m"), "a.onnx", "input", "NCHW", "probabilities"),
            try answer(TensorFlowGraph(network).data(head), "a.pb", "input", "NHWC", "final_result")
        )
    }

    // The network by hand, the head by its definition: softmax(weights · transform(features) + biases).
    @Test(arguments: FeatureTransform.allCases)
    func computesWhatTheModelDoes(transform: FeatureTransform) throws {
        let map = MadeNetwork.featureMap(Self.picture, mean: [100, 120, 140], std: [60, 80, 100])
        var features = MadeNetwork.features(map).map(Double.init)
        if transform == .squareRootL2 {
            let length = features.reduce(0) { $0 + abs($1) }.squareRoot()
            features = features.map { ($0 < 0 ? -1 : 1) * abs($0).squareRoot() / length }
        }
        let head = Self.head(transform, features: 4)
        let scores = (0..<3).map { label in
            (0..<4).reduce(Double(head.biases[label])) { $0 + Double(head.weights[label * 4 + $1]) * features[$1] }
        }
        let powers = scores.map(exp)
        let expected = powers.map { $0 / powers.reduce(0, +) }
        let found = try answers(MadeNetwork.onnx(width: Self.width, height: Self.height), head)
        for answer in [found.onnx, found.tensorFlow] {
            #expect(answer.count == 3)
            for (value, wanted) in zip(answer, expected) { #expect(abs(Double(value) - wanted) < 1e-5) }
        }
    }

    // A file that was replaced while the server runs is another network than the head was fitted on.
    @Test func refusesAFileThatWasChanged() throws {
        let folder = try TemporaryFolder()
        let network = MadeNetwork.onnx(width: Self.width, height: Self.height)
        try folder.write(network, to: "network.onnx")
        try folder.write(Self.descriptor("network.onnx", "in", "NCHW", "out", 4), to: "made.json")
        let backbone = try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: []).backbone("made")
        #expect(throws: Never.self) { try BackboneNetwork(backbone) }
        var damaged = network
        damaged[network.count / 2] ^= 1
        try folder.write(damaged, to: "network.onnx")
        let error = #expect(throws: RegraftError.self) { try BackboneNetwork(backbone) }
        #expect(error?.code == "backbone_hash_mismatch")
    }

    /// Networks of a convolution and something behind it, which ends in `out`.
    private static let networks: [(name: String, features: Int, change: @Sendable (inout MadeONNX) -> Void)] = [
        ("same padding", 4, { $0.nodes[0].attributes = [pads([1, 1, 1, 1]), strides(2)] }),
        ("padding at the end only", 4, { $0.nodes[0].attributes = [pads([0, 0, 1, 1]), strides(2)] }),
        ("other padding", 4, { $0.nodes[0].attributes = [pads([2, 1, 0, 3])] }),
        ("auto_pad", 4, { $0.nodes[0].attributes = [MadeONNX.text("auto_pad", "SAME_LOWER"), strides(2)] }),
        ("dilation", 4, { $0.nodes[0].attributes = [MadeONNX.integers("dilations", [2, 2])] }),
        (
            "depthwise", 4,
            { made in
                made.floats.append(("depthwise", [8, 1, 3, 3], numbers(72)))
                made.floats.append(("point", [4, 8, 1, 1], numbers(32)))
                made.append(
                    .init(
                        "Conv", ["map", "depthwise"], "b",
                        attributes: [MadeONNX.integer("group", 4), pads([1, 1, 1, 1])]))
                made.append(.init("Conv", ["b", "point"], "c"))
            }
        ),
        (
            "maximum", 4,
            { $0.append(.init("MaxPool", ["map"], "b", attributes: [kernel(3), strides(2), pads([1, 1, 1, 1])])) }
        ),
        (
            "maximum with odd padding", 4,
            { $0.append(.init("MaxPool", ["map"], "b", attributes: [kernel(3), pads([2, 0, 0, 1])])) }
        ),
        ("mean", 4, { $0.append(.init("AveragePool", ["map"], "b", attributes: [kernel(2), strides(2)])) }),
        (
            "mean with padding left out", 4,
            { $0.append(.init("AveragePool", ["map"], "b", attributes: [kernel(3), pads([1, 1, 1, 1])])) }
        ),
        (
            "normalisation", 4,
            { made in
                for name in ["gamma", "beta", "mean"] { made.floats.append((name, [4], numbers(4))) }
                made.floats.append(("variance", [4], [0.5, 1, 2, 0.25]))
                made.append(.init("BatchNormalization", ["map", "gamma", "beta", "mean", "variance"], "b"))
            }
        ),
        (
            "activations", 4,
            { made in
                made.floats += [("low", [], [-0.5]), ("high", [], [0.75]), ("zero", [], [0]), ("six", [], [6])]
                made.append(.init("Clip", ["map", "low", "high"], "b"))
                made.append(.init("HardSigmoid", ["b"], "c"))
                made.append(.init("Tanh", ["c"], "d"))
                made.append(.init("Sigmoid", ["d"], "e"))
                made.append(.init("Clip", ["e", "zero", "six"], "f"))
                made.append(.init("Relu", ["f"], "g"))
            }
        ),
        (
            "squeeze and excite", 4,
            { made in
                made.floats += [("point", [4, 4, 1, 1], numbers(16)), ("factor", [1, 4, 1, 1], numbers(4))]
                made.floats.append(("half", [], [0.5]))
                made.append(.init("GlobalAveragePool", ["map"], "b"))
                made.append(.init("Conv", ["b", "point"], "c"))
                made.append(.init("Sigmoid", ["c"], "d"))
                made.append(.init("Mul", ["map", "d"], "e"))
                made.append(.init("Mul", ["e", "factor"], "f"))
                made.append(.init("Sub", ["half", "f"], "g"))
                made.append(.init("Add", ["g", "map"], "h"))
            }
        ),
        (
            "joined", 8,
            { made in
                made.append(.init("Relu", ["map"], "b"))
                made.append(.init("Concat", ["map", "b"], "c", attributes: [MadeONNX.integer("axis", 1)]))
            }
        ),
        (
            "every place", 4 * 2 * 3,
            { made in
                made.append(.init("MaxPool", ["map"], "b", attributes: [kernel(5), strides(4)]))
                made.nodes.removeLast(2)
                made.nodes.append(.init("Flatten", ["b"], "out"))
            }
        ),
        (
            "fully connected", 5,
            { made in
                made.floats += [("matrix", [5, 4], numbers(20)), ("offsets", [5], numbers(5))]
                made.integers = [("shape", [-1, 4])]
                made.nodes.removeLast()
                made.nodes.append(.init("Reshape", ["pool", "shape"], "flat"))
                made.nodes.append(
                    .init("Gemm", ["flat", "matrix", "offsets"], "out", attributes: [MadeONNX.integer("transB", 1)]))
            }
        ),
        (
            "padded before", 4,
            { made in
                made.integers = [("widths", [0, 0, 1, 2, 0, 0, 3, 0])]
                made.floats.append(("fill", [], [0.5]))
                made.append(.init("Pad", ["map", "widths", "fill"], "b"))
            }
        ),
        (
            "mean by axes", 4,
            { made in
                made.nodes.removeLast(2)
                made.nodes.append(
                    .init(
                        "ReduceMean", ["map"], "out",
                        attributes: [MadeONNX.integers("axes", [-1, 2]), MadeONNX.integer("keepdims", 0)]))
            }
        ),
    ]

    private static func pads(_ values: [Int]) -> Protobuf.Field { MadeONNX.integers("pads", values) }
    private static func strides(_ stride: Int) -> Protobuf.Field { MadeONNX.integers("strides", [stride, stride]) }
    private static func kernel(_ size: Int) -> Protobuf.Field { MadeONNX.integers("kernel_shape", [size, size]) }

    private static func numbers(_ count: Int) -> [Float] {
        var random = SeededRandom(seed: UInt64(count))
        return (0..<count).map { _ in Float(random.uniform(in: -1...1)) }
    }

    // ONNX's operator and the one that it was translated to are the same to OpenVINO, which reads both.
    @Test(arguments: networks.indices)
    func translatesExactly(index: Int) throws {
        let (name, features, change) = Self.networks[index]
        var made = MadeONNX(width: Self.width, height: Self.height)
        made.floats = [("kernel", [4, 3, 3, 3], Self.numbers(108)), ("bias", [4], Self.numbers(4))]
        made.nodes = [
            .init("Conv", ["in", "kernel", "bias"], "map"), .init("GlobalAveragePool", ["map"], "pool"),
            .init("Flatten", ["pool"], "out"),
        ]
        made.outputs = ["out"]
        change(&made)
        let found = try answers(made.data, Self.head(.raw, features: features))
        #expect(found.onnx.count == 3 && abs(found.onnx.reduce(0, +) - 1) < 1e-5, "\(name)")
        for (one, other) in zip(found.onnx, found.tensorFlow) {
            #expect(abs(one - other) < 1e-5, "\(name): \(found)")
        }
        // It says something of the picture.
        #expect(Set(found.onnx).count == 3, "\(name)")
    }
}

extension MadeONNX {
    /// Puts a node between the feature map and its mean.
    fileprivate mutating func append(_ node: Node) {
        nodes.insert(node, at: nodes.count - 2)
        nodes[nodes.count - 2].inputs = [node.outputs[0]]
    }
}

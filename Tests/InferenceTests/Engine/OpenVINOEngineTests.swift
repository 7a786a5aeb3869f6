import Domain
import Foundation
import Inference
import TestSupport
import Testing

/// Networks that come with nothing but a descriptor, in every format: each number is computed by hand in `MadeNetwork`.
struct OpenVINOEngineTests {
    private static let width = 10
    private static let height = 9
    private static let picture = MadePicture.textured(width: width, height: height)

    struct Example: Sendable, CustomStringConvertible {
        let file: String
        let layout: String
        var input = "in"
        var features = "out"
        var featureMap: String? = "map"
        var description: String { "\(file), \(input), \(features)" }

        /// Writes the network.
        func write(to folder: TemporaryFolder) throws {
            switch file {
            case "made.onnx": try folder.write(MadeNetwork.onnx(width: width, height: height), to: file)
            case "made.pb": try folder.write(MadeNetwork.graphDef(), to: file)
            case "made.tflite": try folder.write(madeTFLite, to: file)
            default:
                let (xml, bin) = MadeNetwork.openVINO(width: width, height: height)
                try folder.write(xml, to: file)
                try folder.write(bin, to: "made.bin")
            }
        }
    }

    static let examples = [
        Example(file: "made.onnx", layout: "NCHW"),
        Example(file: "made.xml", layout: "NCHW"),
        Example(file: "made.pb", layout: "NHWC", input: "Mul"),
        // TensorFlow's own way of naming tensors.
        Example(file: "made.pb", layout: "NHWC", input: "Mul:0", features: "out:0", featureMap: "map:0"),
        // OpenVINO keeps no names of what lies inside a TensorFlow Lite file, only those of its ends.
        Example(file: "made.tflite", layout: "NHWC", features: "Identity", featureMap: nil),
    ]

    private func backbone(
        _ example: Example, in folder: TemporaryFolder, channels: String = "RGB", mean: [Float] = [0, 0, 0],
        std: [Float] = [1, 1, 1], featureCount: Int = MadeNetwork.featureCount
    ) throws -> Backbone {
        try example.write(to: folder)
        try folder.write(
            MadeNetwork.descriptor(
                file: example.file, input: example.input, width: Self.width, height: Self.height,
                layout: example.layout, channels: channels, mean: mean, std: std, features: example.features,
                featureMap: example.featureMap ?? "none", featureCount: featureCount), to: "made.json")
        return try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: []).backbone("made")
    }

    private func run(_ engine: some InferenceEngine, _ picture: MadePicture = picture) throws -> any InferenceSession {
        let session = try engine.makeSession()
        _ = session.input.update(from: picture.pixels)
        try session.run()
        return session
    }

    // Both channel orders, with means and deviations that differ in every channel. The feature map shows each pixel, so
    // it would show rows taken for columns and channels taken for rows.
    @Test(arguments: examples, ["RGB", "BGR"])
    func computesWhatIsComputedByHand(example: Example, channels: String) throws {
        let folder = try TemporaryFolder()
        let (mean, std): ([Float], [Float]) = ([100, 20, 60], [50, 2, 128])
        let backbone = try backbone(example, in: folder, channels: channels, mean: mean, std: std)
        let engine = try OpenVINOEngine(
            backbone, outputs: example.featureMap == nil ? [.features] : [.features, .featureMap])
        let session = try run(engine)
        let order = channels == "RGB" ? [0, 1, 2] : [2, 1, 0]
        let map = MadeNetwork.featureMap(Self.picture, order: order, mean: mean, std: std)
        let features = MadeNetwork.features(map)

        #expect(engine.size(of: .features) == MadeNetwork.featureCount)
        #expect(zip(session.output(.features), features).allSatisfy { abs($0 - $1) < 1e-2 })
        guard example.featureMap != nil else { return }
        let found = session.output(.featureMap)
        try #require(found.count == map.count * MadeNetwork.featureCount)
        for (pixel, values) in map.enumerated() {
            for (feature, value) in values.enumerated() {
                let index =
                    example.layout == "NHWC"
                    ? pixel * MadeNetwork.featureCount + feature : feature * map.count + pixel
                #expect(abs(found[index] - value) < 1e-3 * max(1, abs(value)), "pixel \(pixel), feature \(feature)")
            }
        }
    }

    // Sessions do not share their input or their results, also when they run at the same time.
    @Test func keepsSessionsApart() async throws {
        let folder = try TemporaryFolder()
        let engine = try OpenVINOEngine(backbone(Self.examples[0], in: folder), streams: 2)
        #expect(engine.streamCount == 2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...4 {
                group.addTask {
                    let picture = MadePicture.plain(number, width: Self.width, height: Self.height)
                    let map = MadeNetwork.featureMap(picture, mean: [0, 0, 0], std: [1, 1, 1])
                    let session = try engine.makeSession()
                    for _ in 0..<200 {
                        _ = session.input.update(from: picture.pixels)
                        try session.run()
                        #expect(zip(session.output(.features), map[0]).allSatisfy { abs($0 - $1) < 1e-2 })
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    // What a descriptor can get wrong about a file, said in a way that leads to the field.
    @Test(arguments: [
        ("features", Example(file: "made.onnx", layout: "NCHW", features: "nothing"), "nothing"),
        ("input", Example(file: "made.onnx", layout: "NCHW", input: "elsewhere"), "elsewhere"),
        ("features", Example(file: "made.pb", layout: "NHWC", input: "Mul", features: "nothing"), "nothing"),
        ("input", Example(file: "made.pb", layout: "NHWC", input: "elsewhere"), "elsewhere"),
    ])
    func saysWhichTensorIsMissing(field: String, example: Example, name: String) throws {
        let folder = try TemporaryFolder()
        let backbone = try backbone(example, in: folder)
        let error = #expect(throws: RegraftError.self) { try OpenVINOEngine(backbone) }
        #expect(error?.code == "backbone_unusable")
        #expect(error?.message.contains("'\(name)'") == true, "\(error?.message ?? "")")
    }

    @Test func refusesAnotherFeatureCount() throws {
        let folder = try TemporaryFolder()
        let backbone = try backbone(Self.examples[0], in: folder, featureCount: 5)
        let error = #expect(throws: RegraftError.self) { try OpenVINOEngine(backbone) }
        #expect(error?.code == "feature_count_mismatch")
    }

    @Test func refusesAnOutputThatTheDescriptorDoesNotName() throws {
        let folder = try TemporaryFolder()
        let backbone = try backbone(Self.examples[0], in: folder)
        let error = #expect(throws: RegraftError.self) { try OpenVINOEngine(backbone, outputs: [.logits]) }
        #expect(error?.code == "missing_output")
    }

    // A picture of another size than the file was made for: networks without fixed sizes inside take it.
    @Test func takesTheSizeOfTheDescriptor() throws {
        let folder = try TemporaryFolder()
        try folder.write(MadeNetwork.onnx(width: 32, height: 32), to: "made.onnx")
        try folder.write(
            MadeNetwork.descriptor(
                file: "made.onnx", width: Self.width, height: Self.height, layout: "NCHW", channels: "RGB",
                mean: [0, 0, 0], std: [1, 1, 1]), to: "made.json")
        let backbone = try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: []).backbone("made")
        let session = try run(OpenVINOEngine(backbone))
        let features = Array(session.output(.features))
        let expected = MadeNetwork.features(MadeNetwork.featureMap(Self.picture, mean: [0, 0, 0], std: [1, 1, 1]))
        #expect(zip(features, expected).allSatisfy { abs($0 - $1) < 1e-2 })
    }

    @Test(arguments: ["made.onnx", "made.pb", "made.tflite", "made.xml", "made.what"])
    func refusesFilesThatAreNoNetwork(file: String) throws {
        let folder = try TemporaryFolder()
        for content in ["", "this is no network", "<?xml version=\"1.0\"?><net/>"] {
            try folder.write(content, to: file)
            try folder.write("", to: "made.bin")
            try folder.write(
                MadeNetwork.descriptor(
                    file: file, width: 8, height: 8, layout: "NCHW", channels: "RGB", mean: [0, 0, 0],
                    std: [1, 1, 1]), to: "made.json")
            let backbone = try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: []).backbone("made")
            let error = #expect(throws: RegraftError.self) { try OpenVINOEngine(backbone) }
            #expect(error?.code == "backbone_unusable")
        }
    }
}

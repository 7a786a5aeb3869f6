import Domain
import Foundation
import Images
import Inference
import TestSupport
import Testing

/// The backbones that are delivered, against PyTorch: see `scripts/golden_backbones.py`.
struct GoldenBackboneTests {
    private struct Golden: Decodable {
        let size: Int
        let first_features: [Float]
        let feature_sum: Double
        let feature_norm: Double
        let top_logit_indices: [Int]
        let top_logits: [Float]
    }

    private func catalogue() throws -> BackboneCatalogue {
        try BackboneCatalogue(
            descriptorFolders: [Repository.folder.appendingPathComponent("config/backbones")],
            fileFolders: [Repository.backbones])
    }

    /// Nil, and a line that says so, where `scripts/setup.sh` has not been run.
    private func installed(_ id: String) throws -> Backbone? {
        let catalogue = try catalogue()
        guard catalogue.entries.contains(where: { $0.descriptor.id == id && $0.networkFile != nil }) else {
            printSkipped("the tests of \(id)", because: "its file is not in \(Repository.backbones.path)")
            return nil
        }
        return try catalogue.backbone(id)
    }

    /// The same network at the size of the golden values, which need not be the one that its descriptor recommends.
    private func resized(_ backbone: Backbone, to size: Int) throws -> Backbone {
        let folder = try TemporaryFolder()
        let file = Repository.folder.appendingPathComponent("config/backbones/\(backbone.descriptor.id).json")
        let text = try String(contentsOf: file, encoding: .utf8)
            .replacing(/"width": \d+, "height": \d+/, with: "\"width\": \(size), \"height\": \(size)")
        try folder.write(text, to: "resized.json")
        return try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: [Repository.backbones])
            .backbone(backbone.descriptor.id)
    }

    // Features and logits to a thousandth.
    @Test(arguments: ["efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"])
    func computesWhatPyTorchDoes(id: String) throws {
        guard let installed = try installed(id) else { return }
        let url = try #require(Bundle.module.url(forResource: id, withExtension: "json", subdirectory: "Golden"))
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
        let backbone = try resized(installed, to: golden.size)
        let picture = MadePicture(width: golden.size, height: golden.size) { x, y, channel in
            (7 * x + 13 * y + 29 * channel + 5 * ((x * y) % 11)) % 256
        }
        let engine = try OpenVINOEngine(backbone, outputs: [.features, .logits, .featureMap])
        let session = try engine.makeSession()
        try #require(session.input.count == picture.pixels.count)
        _ = session.input.update(from: picture.pixels)
        try session.run()

        let features = Array(session.output(.features))
        for (found, expected) in zip(features, golden.first_features) { #expect(abs(found - expected) < 1e-3) }
        let (sum, squares) = features.reduce((0.0, 0.0)) { ($0.0 + Double($1), $0.1 + Double($1) * Double($1)) }
        #expect(abs(sum - golden.feature_sum) < 1e-3 * Double(features.count).squareRoot())
        #expect(abs(squares.squareRoot() - golden.feature_norm) < 1e-3)

        let logits = Array(session.output(.logits))
        let top = logits.indices.sorted { logits[$0] > logits[$1] }.prefix(5)
        #expect(Array(top) == golden.top_logit_indices)
        for (index, expected) in zip(top, golden.top_logits) { #expect(abs(logits[index] - expected) < 1e-3) }
        #expect(backbone.labels.count == logits.count)

        // The bottleneck is the mean of the feature map, as class-activation maps need it to be.
        let map = Array(session.output(.featureMap))
        let cells = map.count / features.count
        for (feature, value) in features.enumerated() {
            let mean = map[feature * cells..<(feature + 1) * cells].reduce(0, +) / Float(cells)
            #expect(abs(mean - value) < 1e-3)
        }
    }

    private struct Seen: Decodable {
        let classes: [Int]
        let probabilities: [Float]
    }

    // Two scenes, each stored in the eight ways a camera can be held. Every photo has its number written in the middle,
    // to which the network is not blind, so each is compared with what Pillow and ONNX Runtime make of that photo
    // (`scripts/golden_orientations.py`); and outside the middle all eight must show the same.
    @Test(arguments: ["Landscape", "Portrait"], [FitMode.crop, .squash])
    func seesTheSameHoweverTheCameraWasHeld(scene: String, fit: FitMode) throws {
        guard let folder = TestData.folder else {
            return printSkipped("\(scene) in eight orientations", because: "REGRAFT_TEST_DATA is not set")
        }
        guard let backbone = try installed("efficientnet-lite0") else { return }
        let url = try #require(Bundle.module.url(forResource: "orientations", withExtension: "json", subdirectory: "Golden"))
        let golden = try JSONDecoder().decode([String: Seen].self, from: Data(contentsOf: url))
        let engine = try OpenVINOEngine(backbone, outputs: [.logits])
        let session = try engine.makeSession()
        var first: [UInt8] = []
        for orientation in 1...8 {
            let file = try Data(contentsOf: folder.appendingPathComponent("exif/\(scene)_\(orientation).jpg"))
            try file.withUnsafeBytes {
                try PhotoDecoder().decode($0, backbone.descriptor.preprocessing(fit), into: session.input)
            }
            let outside = outsideTheMiddle(session.input, backbone.descriptor.input.width, backbone.descriptor.input.height)
            if orientation == 1 { first = outside }
            let differences = zip(outside, first).map { abs(Int($0) - Int($1)) }
            #expect(differences.reduce(0, +) <= 3 * differences.count, "orientation \(orientation)")
            try session.run()
            let found = softmax(Array(session.output(.logits)))
            let expected = try #require(golden["\(scene)_\(orientation) \(fit)"])
            // The network is far from sure of what these are, so a level of difference in the pixels moves a class by up to
            // 0.05, and two classes may be too near each other for one of them to be the first.
            #expect((found.max() ?? 1) - found[expected.classes[0]] < 0.08, "orientation \(orientation)")
            for (index, probability) in zip(expected.classes, expected.probabilities) {
                #expect(abs(found[index] - probability) < 0.08, "orientation \(orientation), class \(index)")
            }
        }
    }

    private func outsideTheMiddle(_ pixels: UnsafeMutableBufferPointer<UInt8>, _ width: Int, _ height: Int) -> [UInt8] {
        pixels.indices.filter { index in
            let (x, y) = (index / 3 % width, index / 3 / width)
            return !(width / 3..<width * 2 / 3).contains(x) || !(height / 3..<height * 2 / 3).contains(y)
        }.map { pixels[$0] }
    }

    private func softmax(_ logits: [Float]) -> [Float] {
        let powers = logits.map { exp($0 - (logits.max() ?? 0)) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}

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

    // Features and logits to a thousandth.
    @Test(arguments: ["efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"])
    func computesWhatPyTorchDoes(id: String) throws {
        guard let backbone = try installed(id) else { return }
        let url = try #require(Bundle.module.url(forResource: id, withExtension: "json", subdirectory: "Golden"))
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
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

        // The layer in between, as it stands in the file, makes the ones of the others.
        let classifier = try #require(try backbone.readClassifier())
        #expect(classifier.inputs == features.count && classifier.outputs == logits.count)
        for index in logits.indices {
            let weights = classifier.weights[index * features.count..<(index + 1) * features.count]
            let sum = zip(weights, features).reduce(Double(classifier.biases[index])) { $0 + Double($1.0 * $1.1) }
            #expect(abs(Float(sum) - logits[index]) < 1e-3)
        }

        // The bottleneck is the mean of the feature map, as class-activation maps need it to be.
        let map = Array(session.output(.featureMap))
        let cells = map.count / features.count
        for (feature, value) in features.enumerated() {
            let mean = map[feature * cells..<(feature + 1) * cells].reduce(0, +) / Float(cells)
            #expect(abs(mean - value) < 1e-3)
        }
    }

    // Two scenes, each stored in the eight ways a camera can be held, against the pixels that Pillow makes of each file
    // (`scripts/golden_orientations.py`). Every photo has its number written in its middle; outside of that all eight
    // must show the same.
    @Test(arguments: ["Landscape", "Portrait"], [FitMode.crop, .squash])
    func seesTheSameHoweverTheCameraWasHeld(scene: String, fit: FitMode) throws {
        guard let folder = TestData.folder else {
            return printSkipped("\(scene) in eight orientations", because: "REGRAFT_TEST_DATA is not set")
        }
        let entries = try catalogue().entries
        let descriptor = try #require(entries.first { $0.descriptor.id == "efficientnet-lite0" }).descriptor
        let (width, height) = (descriptor.input.width, descriptor.input.height)
        let url = try #require(
            Bundle.module.url(forResource: "orientations", withExtension: "json", subdirectory: "Golden"))
        let golden = try JSONDecoder().decode([String: [Double]].self, from: Data(contentsOf: url))
        let pixels = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: width * height * 3)
        defer { pixels.deallocate() }
        var first: [UInt8] = []
        for orientation in 1...8 {
            let file = try Data(contentsOf: folder.appendingPathComponent("exif/\(scene)_\(orientation).jpg"))
            try file.withUnsafeBytes { try PhotoDecoder().decode($0, descriptor.preprocessing(fit), into: pixels) }
            let expected = try #require(golden["\(scene)_\(orientation) \(fit)"])
            for (found, expected) in zip(cells(pixels, width: width, height: height), expected) {
                #expect(abs(found - expected) < 1.5, "orientation \(orientation)")
            }
            let outside = outsideTheMiddle(pixels, width: width, height: height)
            if orientation == 1 { first = outside }
            let differences = zip(outside, first).map { abs(Int($0) - Int($1)) }
            #expect(differences.reduce(0, +) <= 3 * differences.count, "orientation \(orientation)")
        }
    }

    // The very same picture, stored in the eight ways: the same answer, and probabilities within 0.02.
    @Test(arguments: FitMode.allCases)
    func answersTheSameHoweverTheCameraWasHeld(fit: FitMode) throws {
        guard let folder = TestData.folder else {
            return printSkipped("answers in eight orientations", because: "REGRAFT_TEST_DATA is not set")
        }
        guard let backbone = try installed("efficientnet-lite0") else { return }
        let session = try OpenVINOEngine(backbone, outputs: [.logits]).makeSession()
        // Decoded to an odd shape, so that the eight are not all the same square.
        let shape = Preprocessing(width: 331, height: 270, fit: .squash)
        var upright = [UInt8](repeating: 0, count: 331 * 270 * 3)
        let file = try Data(contentsOf: folder.appendingPathComponent("exif/Landscape_1.jpg"))
        try upright.withUnsafeMutableBufferPointer { pixels in
            try file.withUnsafeBytes { try PhotoDecoder().decode($0, shape, into: pixels) }
        }
        let picture = MadePicture(width: 331, height: 270) { x, y, channel in Int(upright[(y * 331 + x) * 3 + channel])
        }
        var answers: [[Float]] = []
        for orientation in 1...8 {
            let stored = Exif.stored(picture, orientation: orientation).png(orientation: orientation)
            try stored.withUnsafeBytes {
                try PhotoDecoder().decode($0, backbone.descriptor.preprocessing(fit), into: session.input)
            }
            try session.run()
            let logits = session.output(.logits).map { exp($0 - (session.output(.logits).max() ?? 0)) }
            answers.append(logits.map { $0 / logits.reduce(0, +) })
        }
        for answer in answers.dropFirst() {
            #expect(answer.firstIndex(of: answer.max() ?? 0) == answers[0].firstIndex(of: answers[0].max() ?? 0))
            #expect(zip(answer, answers[0]).allSatisfy { abs($0 - $1) < 0.02 })
        }
    }

    /// Means of 8 × 8 cells, `[8, 8, 3]`.
    private func cells(_ pixels: UnsafeMutableBufferPointer<UInt8>, width: Int, height: Int) -> [Double] {
        var sums = [Double](repeating: 0, count: 8 * 8 * 3)
        for index in pixels.indices {
            let (column, row) = (index / 3 % width * 8 / width, index / 3 / width * 8 / height)
            sums[(row * 8 + column) * 3 + index % 3] += Double(pixels[index])
        }
        return sums.map { $0 / Double(width * height / 64) }
    }

    private func outsideTheMiddle(_ pixels: UnsafeMutableBufferPointer<UInt8>, width: Int, height: Int) -> [UInt8] {
        pixels.indices.filter { index in
            let (x, y) = (index / 3 % width, index / 3 / width)
            return !(width / 3..<width * 2 / 3).contains(x) || !(height / 3..<height * 2 / 3).contains(y)
        }.map { pixels[$0] }
    }
}

import Crypto
import Domain
import Formats
import Foundation
import Images
import Inference
import Serving
import TestSupport
import Testing
import Workers

/// Class-activation maps of engines that compute: a delivered backbone with real photos, and a network made for the test.
struct RealExplanationTests {
    private static let photoCount = 2
    /// What computes for long: other tests need Swift's own threads.
    private static let pool = WorkerPool(name: "explain", width: 1)

    /// A model with a head of random weights, which says something else of each class.
    private func model(
        _ backbones: BackboneHost, _ id: String, _ transform: FeatureTransform, labels: Int, fit: FitMode
    ) async throws -> (model: ServedModel, head: Head) {
        let backbone = try await backbones.backbone(id)
        var random = SeededRandom(seed: 3)
        // A head on vectors of length 1 has larger weights than one on raw features.
        let size = transform == .raw ? 0.2 : 20
        let count = backbone.descriptor.featureCount
        func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.uniform(in: -size...size)) } }
        let head = Head(
            labels: (0..<labels).map { "label \($0)" }, transform: transform, featureCount: count,
            weights: numbers(labels * count), biases: numbers(labels))
        let bundle = HeadBundle(
            backboneID: id, backboneHash: backbone.sha256, fit: fit, preprocessing: backbone.preprocessingKey(fit),
            head: head)
        let data = try bundle.encoded()
        let digest = PhotoDigest(bytes: Array(SHA256.hash(data: data)))
        let version = ModelVersion(
            model: name("made"), number: 1, createdAt: .now, job: nil, dataset: name("made"), datasetVersion: 1,
            backbone: id, backboneHash: backbone.sha256, fit: fit, recipe: .auto,
            labels: try head.labels.map { try Label($0) },
            head: digest, evaluation: digest, metrics: JobMetrics(), golden: [])
        return (try await ModelLoader(backbones: backbones) { _ in data }.load(version), head)
    }

    /// Checks that a picture's map sums to the logit of each class without its bias, the logit computed from the bottleneck that
    /// the serving engine gives.
    private func check(_ picture: Data, by model: ServedModel, _ head: Head, _ backbones: BackboneHost) async throws {
        let classifier = Classifier(priority: ServingPriority())
        var request = ExplanationRequest(map: try await backbones.mapRequest(model.engine.backbone))
        let plain = try await classifier.admit(1).classify(picture, by: model)
        #expect(plain.explanation == nil && plain.timing.explain == nil)
        let best = plain.probabilities.indices.max { plain.probabilities[$0] < plain.probabilities[$1] }
        for index in [nil, 1] {
            request.map?.index = index
            let answer = try await classifier.admit(1).classify(picture, by: model, explaining: request)
            for (one, other) in zip(answer.probabilities, plain.probabilities) { #expect(abs(one - other) < 1e-4) }
            let numbers = try #require(answer.explanation?.map?.numbers)
            #expect(numbers.index == index ?? best && answer.timing.explain != nil)
            let sum = numbers.values.reduce(0.0) { $0 + Double($1) }
            #expect(abs(sum - (numbers.logit - numbers.bias)) < 1e-4)
            let features = try await features(of: picture, model)
            #expect(abs(sum - Self.evidence(for: numbers.index, head, features)) < 1e-4)
            #expect(answer.explanation?.map?.picture.png.starts(with: PNG.signature) == true)
        }
    }

    /// Of the most ordinary engine.
    private func features(of picture: Data, _ model: ServedModel) async throws -> [Float] {
        try await Self.pool.run { _ in
            let session = try model.engine.makeSession()
            try picture.withUnsafeBytes { bytes in
                try PhotoDecoder().decode(bytes, model.preprocessing, into: session.input)
            }
            try session.run()
            return Array(session.output(.features))
        }
    }

    /// The logit without its bias, from the definition.
    private static func evidence(for index: Int, _ head: Head, _ features: [Float]) -> Double {
        var values = features.map(Double.init)
        if head.transform == .squareRootL2 {
            values = values.map { $0 < 0 ? -(-$0).squareRoot() : $0.squareRoot() }
            let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
            values = values.map { $0 / length }
        }
        return zip(head.weights[index * features.count..<(index + 1) * features.count], values)
            .reduce(0) { $0 + Double($1.0) * $1.1 }
    }

    @Test(arguments: [(FeatureTransform.raw, FitMode.crop), (.squareRootL2, .pad)])
    func aDeliveredBackboneWithRealPhotos(transform: FeatureTransform, fit: FitMode) async throws {
        guard let folder = TestData.folder, let backbones = try delivered() else { return }
        let photos = try photos(in: folder)
        let (model, head) = try await model(backbones, "efficientnet-lite0", transform, labels: 37, fit: fit)
        for photo in photos { try await check(photo, by: model, head, backbones) }
    }

    // Its last layer has both signs.
    @Test(arguments: FeatureTransform.allCases)
    func aMadeNetwork(transform: FeatureTransform) async throws {
        let folder = try TemporaryFolder()
        try folder.write(MadeNetwork.onnx(width: 10, height: 9), to: "made.onnx")
        try folder.write(
            MadeNetwork.descriptor(
                file: "made.onnx", width: 10, height: 9, layout: "NCHW", channels: "RGB", mean: [100, 120, 90],
                std: [50, 60, 70]), to: "made.json")
        let backbones = BackboneHost(
            catalogue: try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: []))
        let (model, head) = try await model(backbones, "made", transform, labels: 3, fit: .squash)
        try await check(MadePicture.textured(width: 33, height: 21).png(), by: model, head, backbones)
    }

    // The map is what the bottleneck was made of.
    @Test func theBottleneckIsTheMeanOfTheMap() async throws {
        guard let folder = TestData.folder, let backbones = try delivered() else { return }
        let engine = try await backbones.engine("efficientnet-lite0", for: .explaining)
        let serving = try await backbones.engine("efficientnet-lite0", for: .serving)
        let shape = try FeatureMapShape(engine.shape(of: .featureMap), of: engine.backbone.descriptor)
        #expect(shape.featureCount == 1280 && shape.height == 8 && shape.width == 8)
        for photo in try photos(in: folder) {
            let difference = try await Self.pool.run { _ in try Self.difference(photo, engine, serving, shape) }
            #expect(difference < 1e-4)
        }
    }

    /// The largest difference of a feature, of either engine, from the mean of its map.
    private static func difference(
        _ photo: Data, _ engine: any InferenceEngine, _ serving: any InferenceEngine, _ shape: FeatureMapShape
    ) throws -> Double {
        let (session, served) = (try engine.makeSession(), try serving.makeSession())
        let preprocessing = engine.backbone.descriptor.preprocessing(.crop)
        try photo.withUnsafeBytes { try PhotoDecoder().decode($0, preprocessing, into: session.input) }
        _ = served.input.update(from: session.input)
        try session.run()
        try served.run()
        let (map, features, answered) = (
            session.output(.featureMap), session.output(.features), served.output(.features)
        )
        return (0..<shape.featureCount).reduce(0) { largest, feature in
            let sum = (0..<shape.positionCount).reduce(0.0) {
                $0 + Double(map[feature * shape.featureStride + $1 * shape.positionStride])
            }
            let mean = sum / Double(shape.positionCount)
            return max(largest, abs(mean - Double(features[feature])), abs(mean - Double(answered[feature])))
        }
    }

    private func photos(in folder: URL) throws -> [Data] {
        let pets = folder.appendingPathComponent("pets")
        return try FileManager.default.contentsOfDirectory(atPath: pets.path).sorted().prefix(Self.photoCount).map {
            breed in
            let breed = pets.appendingPathComponent(breed)
            let file = try #require(try FileManager.default.contentsOfDirectory(atPath: breed.path).sorted().first)
            return try Data(contentsOf: breed.appendingPathComponent(file))
        }
    }

    private func delivered() throws -> BackboneHost? {
        let catalogue = try BackboneCatalogue(
            descriptorFolders: [Repository.folder.appendingPathComponent("config/backbones")],
            fileFolders: [Repository.backbones])
        guard catalogue.entries.contains(where: { $0.descriptor.id == "efficientnet-lite0" && $0.networkFile != nil })
        else {
            printSkipped("maps of real photos", because: "efficientnet-lite0 is not in \(Repository.backbones.path)")
            return nil
        }
        return BackboneHost(catalogue: catalogue)
    }
}

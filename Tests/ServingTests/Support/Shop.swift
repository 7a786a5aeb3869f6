import Crypto
import Domain
import Formats
import Foundation
import Inference
import Serving
import Synchronization
import TestSupport

/// Models on a stub engine, as a store keeps them.
final class Shop: Sendable {
    let engine: StubEngine
    let backbones: BackboneHost
    let loader: ModelLoader
    private let blobs: Blobs
    private let folder: TemporaryFolder

    /// - Parameter hook: of the engine.
    init(hook: @escaping StubEngine.Hook = { _, _ in }) throws {
        let (folder, blobs, engine) = (try TemporaryFolder(), Blobs(), try StubEngine(hook: hook))
        try folder.write(StubEngine.descriptor, to: "stub.json")
        try folder.write("no network", to: "stub.bin")
        (self.folder, self.blobs, self.engine) = (folder, blobs, engine)
        let catalogue = try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: [])
        backbones = BackboneHost(catalogue: catalogue) { _, _ in engine }
        loader = ModelLoader(backbones: backbones) { try blobs.read($0) }
    }

    func promoter(_ classifier: Classifier = Classifier(priority: ServingPriority())) -> Promoter {
        Promoter(loader: loader, classifier: classifier) { [blobs] in try blobs.read($0) }
    }

    /// Stores a picture.
    func add(_ picture: Data) -> PhotoDigest { blobs.add(picture) }

    /// Flips a bit of a blob.
    func damage(_ digest: PhotoDigest) {
        blobs.change(digest) { data in
            guard let count = data?.count else { return }
            data?[count / 2] ^= 1
        }
    }

    func remove(_ digest: PhotoDigest) { blobs.change(digest) { $0 = nil } }

    /// A version whose head says, of whatever picture, `probability(of: number)` for the second of two classes.
    func version(
        _ number: Int, model: String = "pets", backboneHash: String? = nil, preprocessing: String? = nil,
        golden: [GoldenPhoto] = []
    ) throws -> ModelVersion {
        let backbone = engine.backbone
        let head = Head(
            labels: ["cat", "dog"], transform: .raw, featureCount: 3, weights: [0, 0, 0, 0, 0, 0],
            biases: [0, Float(number) / 16])
        let bundle = HeadBundle(
            backboneID: "stub", backboneHash: backboneHash ?? backbone.sha256, fit: .crop,
            preprocessing: preprocessing ?? backbone.preprocessingKey(.crop), head: head)
        return ModelVersion(
            model: name(model), number: number, createdAt: .now, job: nil, dataset: name(model), datasetVersion: 1,
            backbone: "stub", backboneHash: backbone.sha256, fit: .crop, recipe: .auto,
            labels: [try Label("cat"), try Label("dog")], head: blobs.add(try bundle.encoded()),
            evaluation: blobs.add(Data()), metrics: JobMetrics(), golden: golden)
    }

    func load(_ number: Int, model: String = "pets") async throws -> ServedModel {
        try await loader.load(try version(number, model: model))
    }

    /// The logistic function of number / 16.
    static func probability(of number: Int) -> Float { 1 / (1 + Float(exp(-Double(number) / 16))) }

    static let picture = MadePhoto.png("red", 1)
}

func name(_ text: String) -> ResourceName { ResourceName(trusted: text) }

func alias(_ name: String = "latest", model: String = "pets", version: Int, generation: Int) -> ModelAlias {
    ModelAlias(
        model: ResourceName(trusted: model), alias: ResourceName(trusted: name), version: version,
        generation: generation, movedAt: Date(timeIntervalSince1970: Double(generation)))
}

/// The code of the error, or nil where there is none.
func code(_ body: () async throws -> some Any) async -> String? {
    do {
        _ = try await body()
        return nil
    } catch {
        return (error as? RegraftError)?.code.rawValue ?? "another error: \(error)"
    }
}

private final class Blobs: Sendable {
    private let blobs = Mutex<[PhotoDigest: Data]>([:])

    func add(_ data: Data) -> PhotoDigest {
        let digest = PhotoDigest(bytes: Array(SHA256.hash(data: data)))
        blobs.withLock { $0[digest] = data }
        return digest
    }

    func change(_ digest: PhotoDigest, _ change: (inout Data?) -> Void) { blobs.withLock { change(&$0[digest]) } }

    /// Without a look at the hash, so that what comes after it is seen to look.
    func read(_ digest: PhotoDigest) throws -> Data? { blobs.withLock { $0[digest] } }
}

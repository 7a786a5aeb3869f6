public import Domain
public import Formats
public import Foundation
public import Images
public import Inference
import Training
import Workers

/// A model's version that is ready to answer. Immutable: a request that began with it ends with it.
public final class ServedModel: Sendable {
    public let version: ModelVersion
    public let engine: any InferenceEngine
    public let preprocessing: Preprocessing
    let head: Head
    /// When it says that it does not know.
    let abstention: Abstention?
    /// The backbone's own last layer, where unknown photos are told by it.
    private let classifier: LinearLayer?

    init(
        version: ModelVersion, engine: any InferenceEngine, preprocessing: Preprocessing, head: Head,
        abstention: Abstention? = nil, classifier: LinearLayer? = nil
    ) {
        self.version = version
        self.engine = engine
        self.preprocessing = preprocessing
        self.head = head
        self.abstention = abstention
        self.classifier = classifier
    }

    /// The same under the number that it was given when it was published.
    public func numbered(as version: ModelVersion) -> ServedModel {
        ServedModel(
            version: version, engine: engine, preprocessing: preprocessing, head: head, abstention: abstention,
            classifier: classifier)
    }

    /// What one bottleneck vector is taken for.
    func answer(_ features: [Float]) -> Answer {
        let probabilities = head.probabilities(FeatureMatrix([features]))
        let judgement = abstention?.judge(features, probabilities: probabilities, classifier: classifier)
        return Answer(
            probabilities: probabilities, unknownScore: judgement?.unknownScore, abstained: judgement?.reason)
    }
}

/// What a bottleneck vector was taken for.
struct Answer: Sendable {
    /// `[labels]`
    var probabilities: [Float]
    var unknownScore: Double?
    var abstained: Abstention.Reason?
}

/// Makes heads of what is stored.
public struct ModelLoader: Sendable {
    private let backbones: BackboneHost
    private let read: @Sendable (PhotoDigest) throws -> Data?

    /// - Parameter read: a blob's bytes, checked against their hash, or nil; may block.
    public init(backbones: BackboneHost, read: @escaping @Sendable (PhotoDigest) throws -> Data?) {
        self.backbones = backbones
        self.read = read
    }

    /// Reads a version's head and checks that it fits its backbone.
    /// - Throws: `RegraftError`: `missing_head`, `damaged_blob`, `invalid_bundle`, `backbone_hash_mismatch`,
    ///   `preprocessing_mismatch`, `feature_count_mismatch`, and what loading the backbone throws.
    public func load(_ version: ModelVersion) async throws -> ServedModel {
        let engine = try await backbones.engine(version.backbone, for: .serving)
        let read = read
        let bundle = try await Self.pool.run { _ in
            guard let data = try read(version.head) else {
                throw RegraftError(
                    "missing_head",
                    "The head of version \(version.number) of the model '\(version.model)' is not there.")
            }
            return try HeadBundle(decoding: data)
        }
        try bundle.check(against: engine.backbone)
        let usesClassifier = bundle.abstention?.unknown?.concepts.isEmpty == false
        let classifier = usesClassifier ? try await backbones.classifier(of: version.backbone) : nil
        try bundle.check(against: classifier)
        return ServedModel(
            version: version, engine: engine,
            preprocessing: engine.backbone.descriptor.preprocessing(bundle.fit), head: bundle.head,
            abstention: bundle.abstention, classifier: classifier)
    }

    /// Waits for the disk.
    static let pool = WorkerPool(name: "load", width: 2)
}

extension HeadBundle {
    /// Whether the head can be used on this backbone: another file, or another way of preparing photos, would give it
    /// vectors that it was not fitted on.
    /// - Throws: `RegraftError`.
    public func check(against backbone: Backbone) throws(RegraftError) {
        guard backbone.sha256 == backboneHash else {
            throw RegraftError(
                "backbone_hash_mismatch",
                "The model was trained on another file of the backbone '\(backboneID)' than the "
                    + "\(backbone.file.lastPathComponent) that is here. Retrain it, or put back the file with SHA-256 \(backboneHash)."
            )
        }
        guard backbone.preprocessingKey(fit) == preprocessing else {
            throw RegraftError(
                "preprocessing_mismatch",
                "The descriptor of '\(backboneID)' has changed since the model was trained: photos would be prepared as "
                    + "'\(backbone.preprocessingKey(fit))', the model expects '\(preprocessing.prefix(300).description.printable)'. "
                    + "Retrain it, or put back the descriptor.")
        }
        guard backbone.descriptor.featureCount == head.featureCount else {
            throw RegraftError(
                "feature_count_mismatch",
                "The model takes \(head.featureCount) features; the backbone '\(backboneID)' gives "
                    + "\(backbone.descriptor.featureCount).")
        }
    }

    /// Whether what unknown photos are told by goes with the backbone's own last layer: numbers for more classes would be read from
    /// beyond the end of what there is.
    /// - Throws: `RegraftError` (`invalid_bundle`).
    package func check(against classifier: LinearLayer?) throws(RegraftError) {
        guard let concepts = abstention?.unknown?.concepts, !concepts.isEmpty else { return }
        let outputs = classifier.map { $0.inputs == head.featureCount ? $0.outputs : 0 } ?? 0
        guard outputs > 0, concepts.count == head.labels.count * outputs else {
            throw RegraftError(
                "invalid_bundle",
                "What the model tells unknown photos by does not fit the backbone '\(backboneID)': for \(head.labels.count) labels "
                    + "and the \(outputs) classes that it was pretrained on there are \(concepts.count) numbers. Retrain it."
            )
        }
    }
}

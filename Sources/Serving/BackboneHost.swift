public import Domain
public import Inference
import Workers

/// Keeps compiled backbones, each compiled once, when it is first needed, and shared by all models that stand on it.
///
/// Training has engines of its own: their streams would otherwise stand in the queue before a picture that somebody waits
/// for. The weights of one of these networks are some ten megabytes.
public actor BackboneHost {
    public enum Purpose: Hashable, Sendable {
        case serving
        case training
        /// With the scores of the classes that the network was pretrained on.
        case pretrained
        /// With the feature map, for class-activation maps.
        case explaining

        fileprivate var outputs: [BackboneOutput] {
            switch self {
            case .serving, .training: [.features]
            case .pretrained: [.features, .logits]
            case .explaining: [.features, .featureMap]
            }
        }
    }

    private struct Key: Hashable {
        let id: String
        let purpose: Purpose
    }

    /// Makes an engine; blocks for as long as compiling takes.
    public typealias Compile = @Sendable (Backbone, [BackboneOutput]) throws -> any InferenceEngine

    public nonisolated let catalogue: BackboneCatalogue
    private let compile: Compile
    private let pool = WorkerPool(name: "compile", width: 1)
    private var engines: [Key: Task<any InferenceEngine, any Error>] = [:]
    private var backbones: [String: Task<Backbone, any Error>] = [:]
    private var classifiers: [String: Task<LinearLayer?, any Error>] = [:]

    public init(
        catalogue: BackboneCatalogue, compile: @escaping Compile = { try OpenVINOEngine($0, outputs: $1) }
    ) {
        self.catalogue = catalogue
        self.compile = compile
    }

    /// The backbone's file, checked against its descriptor's hash once.
    /// - Throws: `RegraftError` (`unknown_backbone`, `missing_backbone_file`, `backbone_hash_mismatch`).
    public func backbone(_ id: String) async throws -> Backbone {
        if let known = backbones[id] { return try await known.value }
        let task = Task { [catalogue, pool] in try await pool.run { _ in try catalogue.backbone(id) } }
        backbones[id] = task
        do { return try await task.value } catch {
            // The file may be put there later.
            backbones[id] = nil
            throw error
        }
    }

    /// The backbone's own last layer, shared by whoever looks at photos by it; nil where its descriptor does not say where it is.
    /// - Throws: as `backbone`, and `damaged_backbone`.
    public func classifier(of id: String) async throws -> LinearLayer? {
        if let known = classifiers[id] { return try await known.value }
        let task = Task { [pool] in
            let backbone = try await backbone(id)
            return try await pool.run { _ in try backbone.readClassifier() }
        }
        classifiers[id] = task
        do { return try await task.value } catch {
            classifiers[id] = nil
            throw error
        }
    }

    /// - Throws: as `backbone`, and `backbone_unusable`.
    public func engine(_ id: String, for purpose: Purpose) async throws -> any InferenceEngine {
        let key = Key(id: id, purpose: purpose)
        if let known = engines[key] { return try await known.value }
        let task = Task { [compile, pool] in
            let backbone = try await backbone(id)
            return try await pool.run { _ in try compile(backbone, purpose.outputs) }
        }
        engines[key] = task
        do { return try await task.value } catch {
            engines[key] = nil
            throw error
        }
    }

    /// Ids of the backbones that are compiled for serving.
    public var loaded: [String] { engines.keys.filter { $0.purpose == .serving }.map(\.id).sorted() }
}

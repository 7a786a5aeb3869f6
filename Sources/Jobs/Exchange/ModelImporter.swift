public import Domain
import Formats
public import Foundation
import Inference
public import Serving
public import Storage
public import Workers

/// Makes a model's file from elsewhere a version here, and, if that is wanted, the one that answers: by the same steps as a
/// trained one (`Publication`). Head and evaluation are on the disk first; then the head is read back and checked; then one
/// transaction makes the version and moves the alias; and only then do requests get it.
public struct ModelImporter: Sendable {
    /// A file, and what is to become of it.
    public struct Order: Sendable {
        public var model: ResourceName
        public var file: Data
        public var promotion: PromotionPolicy
        public var idempotency: IdempotencyKey?

        public init(model: ResourceName, file: Data, promotion: PromotionPolicy, idempotency: IdempotencyKey?) {
            self.model = model
            self.file = file
            self.promotion = promotion
            self.idempotency = idempotency
        }
    }

    private let catalog: any Catalog
    private let blobs: any BlobStore
    private let gate: BlobGate
    private let backbones: BackboneHost
    private let promoter: Promoter
    private let registry: ModelRegistry
    private let maximumModels: Int
    /// Waits for the disk.
    private let pool: WorkerPool
    /// Takes files apart: the largest for seconds, with hundreds of megabytes, so one after the other, and behind whatever else
    /// wants the cores. On the disk's pool a few of them made every upload wait.
    private let reading = WorkerPool(name: "import", width: 1, niceness: 10)

    /// - Parameters:
    ///   - maximumModels: `models.maximum`.
    ///   - pool: waits for the disk.
    public init(
        catalog: any Catalog, blobs: any BlobStore, gate: BlobGate, backbones: BackboneHost, promoter: Promoter,
        registry: ModelRegistry, maximumModels: Int, pool: WorkerPool
    ) {
        self.catalog = catalog
        self.blobs = blobs
        self.gate = gate
        self.backbones = backbones
        self.promoter = promoter
        self.registry = registry
        self.maximumModels = maximumModels
        self.pool = pool
    }

    /// - Returns: the version, and whether it answers and why, which its evaluation says too.
    /// - Throws: `RegraftError`: `unusable_bundle` for the file; `backbone_not_here`, `missing_backbone_file`,
    ///   `backbone_hash_mismatch`, `preprocessing_mismatch`, `feature_count_mismatch` where this server could not give the answers
    ///   that the model was made for; `too_many_models`; `idempotency_key_reused`; and what storage throws.
    public func run(_ order: Order) async throws -> (ImportedVersion, PromotionDecision) {
        let file = order.file
        let model = try await reading.run { try ImportedModel(file, $0) }
        try await checkBackbone(of: model.head)
        while true {
            // It fails where somebody else has moved the alias since it was decided.
            if let done = try await publish(model, order) { return done }
        }
    }

    private func publish(
        _ model: ImportedModel, _ order: Order
    ) async throws -> (ImportedVersion, PromotionDecision)? {
        let decision = try await decide(order)
        let files = try await reading.run { cancellation in
            let head = try model.head.encoded()
            try cancellation.check()
            return [head, try model.evaluation.encoded(decision)]
        }
        let done: ImportedVersion? = try await gate.withWriting {
            let digests = try await store(files)
            let (head, evaluation) = (digests[0], digests[1])
            let draft = Self.draft(model, order.model, head: head, evaluation: evaluation)
            let served = try await promoter.verified(draft)
            try Task.checkCancellation()
            return try await commit(draft, served, decision, order)
        }
        guard let done else { return nil }
        guard done.isReplay else { return (done, decision) }
        let blobs = blobs
        let text = try await pool.run { _ in try blobs.read(done.version.evaluation) }
        let stored = try await reading.run { _ in try text.map { try EvaluationDocument(decoding: $0).promotion } }
        return (done, stored.flatMap(\.self) ?? decision)
    }

    private func store(_ files: [Data]) async throws -> [PhotoDigest] {
        let (blobs, hold) = (blobs, gate.hold())
        return try await pool.run { _ in
            try files.map { data in
                let digest = try blobs.put(data)
                // Where no version comes of it, the sweeper takes it.
                hold.add(digest)
                return digest
            }
        }
    }

    private static func draft(
        _ model: ImportedModel, _ name: ResourceName, head: PhotoDigest, evaluation: PhotoDigest
    ) -> ModelVersion {
        ModelVersion(
            model: name, number: 0, createdAt: .now, job: nil, dataset: nil, datasetVersion: nil,
            backbone: model.head.backboneID, backboneHash: model.head.backboneHash, fit: model.head.fit,
            recipe: model.evaluation.recipe, labels: model.labels, head: head, evaluation: evaluation,
            // The photos of the server that it comes from are not here to try it on.
            metrics: model.metrics, golden: [], imported: model.source)
    }

    /// In one step with what requests are answered by, so that nobody moves the alias, or deletes the model, in between.
    private func commit(
        _ draft: ModelVersion, _ served: ServedModel, _ decision: PromotionDecision, _ order: Order
    ) async throws -> ImportedVersion? {
        try await registry.exclusively {
            let current = try await catalog.alias(.latest, of: draft.model)
            guard current?.version == decision.previousVersion else { return nil }
            try await checkRoom(for: draft.model)
            let move =
                decision.promoted ? AliasMove(alias: .latest, ifGeneration: current?.generation ?? 0) : nil
            let done = try await catalog.add(
                imported: draft, move: move, idempotency: order.idempotency, at: .now)
            guard !done.isReplay else { return done }
            if let alias = done.alias { registry.serve(served.numbered(as: done.version), as: alias) }
            registry.note(publicationOf: done.version.model, at: done.version.createdAt)
            return done
        }
    }

    private func checkRoom(for model: ResourceName) async throws {
        guard try await catalog.model(model) == nil else { return }
        let count = try await catalog.modelCount(besides: model)
        guard count < maximumModels else {
            throw RegraftError(
                "too_many_models",
                "There are \(count) models already, with those of jobs that wait or run, and \(maximumModels) is the limit "
                    + "(models.maximum).")
        }
    }

    // MARK: Whether it may answer

    /// What an imported version was trained on nobody here knows, so there are no photos that are surely new to it and to the one
    /// that answers. Unlike a training on another dataset, which somebody here asked for with photos that are here, it does not take
    /// the place of one that answers: of a file from elsewhere not even its own numbers are known to be true.
    private func decide(_ order: Order) async throws -> PromotionDecision {
        let current = try await catalog.alias(.latest, of: order.model)
        var decision = PromotionDecision(
            policy: order.promotion, promoted: order.promotion != .manual, basis: .policy, reason: "",
            previousVersion: current?.version, images: nil, accuracyBefore: nil, accuracy: nil, pValue: nil)
        switch order.promotion {
        case .manual: decision.reason = "'latest' is moved by hand"
        case .latest: decision.reason = "'latest' always names the newest version"
        case .ifBetter:
            if let current {
                (decision.promoted, decision.basis) = (false, .notComparable)
                decision.reason =
                    "it was imported, so there are no test photos here by which it could be compared with version "
                    + "\(current.version); 'latest' stays there until it is moved by hand"
            } else {
                (decision.basis, decision.reason) = (.first, "no version answered before")
            }
        }
        return decision
    }

    // MARK: Whether it can be used here

    private func checkBackbone(of head: HeadBundle) async throws {
        let id = head.backboneID
        let backbone: Backbone
        do { backbone = try await backbones.backbone(id) } catch let error as RegraftError
            where error.code == "unknown_backbone"
        {
            throw RegraftError(
                "backbone_not_here",
                "The model stands on the backbone '\(id.prefix(80).description.printable)' (SHA-256 \(Self.short(head.backboneHash))), "
                    + "which this server does not know. Put its descriptor and its network into the folder backbones.directory of "
                    + "this server, and import again; `regraft backbones` lists what it knows.")
        }
        guard backbone.sha256 == head.backboneHash else {
            throw RegraftError(
                "backbone_hash_mismatch",
                "The model was trained on another network under the name '\(id)': SHA-256 \(Self.short(head.backboneHash)), and here it "
                    + "is \(Self.short(backbone.sha256)). Its answers would be wrong here. Install the same network on both servers, "
                    + "or train the model here.")
        }
        let preprocessing = backbone.preprocessingKey(head.fit)
        guard preprocessing == head.preprocessing else {
            throw RegraftError(
                "preprocessing_mismatch",
                "The model expects photos prepared as '\(head.preprocessing.prefix(300).description.printable)', and this server prepares "
                    + "them for '\(id)' as '\(preprocessing)'. Use the same descriptor, and the same Regraft, on both servers, or "
                    + "train the model here.")
        }
        guard backbone.descriptor.featureCount == head.head.featureCount else {
            throw RegraftError(
                "feature_count_mismatch",
                "The model takes \(head.head.featureCount) features, and the backbone '\(id)' gives "
                    + "\(backbone.descriptor.featureCount). Export it anew.")
        }
        do { try head.check(against: try await backbones.classifier(of: id)) } catch let error as RegraftError
            where error.code == "invalid_bundle"
        {
            throw RegraftError("unusable_bundle", error.message)
        }
    }

    private static func short(_ hash: String) -> String { "\(hash.prefix(12).description.printable)…" }
}

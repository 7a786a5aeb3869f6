import Domain
import Formats
import Foundation
import Serving
import Storage

/// Makes a trained head a version of its model, and, if that is wanted, the one that answers.
///
/// Head and evaluation are on the disk first; then the head is read back, checked and tried; then one transaction makes the
/// version, the alias and the end of the job; and only then do requests get it.
struct Publication: Sendable {
    private let environment: JobEnvironment
    private let running: RunningJob
    private let specification: TrainSpecification

    init(_ environment: JobEnvironment, _ running: RunningJob, _ specification: TrainSpecification) {
        self.environment = environment
        self.running = running
        self.specification = specification
    }

    func publish(_ trained: TrainedHead) async throws {
        let backbone = trained.backbone
        let bundle = HeadBundle(
            backboneID: backbone.descriptor.id, backboneHash: backbone.sha256, fit: trained.fit,
            preprocessing: backbone.preprocessingKey(trained.fit), head: trained.fitted.head,
            abstention: trained.abstention.abstention)
        let document = EvaluationDocument(trained, specification)
        try await environment.gate.withWriting {
            let (head, evaluation) = try await store(bundle.encoded(), document.encoded())
            let draft = ModelVersion(
                model: specification.model, number: 0, createdAt: .now, job: running.job.id,
                dataset: specification.dataset, datasetVersion: specification.datasetVersion,
                backbone: specification.backbone, backboneHash: backbone.sha256, fit: trained.fit,
                recipe: trained.options.recipe, labels: trained.fitted.head.labels.map(Label.init(trusted:)),
                head: head,
                evaluation: evaluation, metrics: running.metrics, golden: trained.golden)
            let model = try await environment.promoter.verified(draft)
            try await running.save(in: environment.catalog)
            try Task.checkCancellation()
            try await commit(draft, model)
        }
    }

    private func store(_ head: Data, _ evaluation: Data) async throws -> (PhotoDigest, PhotoDigest) {
        let (blobs, hold) = (environment.blobs, environment.gate.hold())
        return try await environment.ingestPool.run { _ in
            func put(_ data: Data) throws -> PhotoDigest {
                let digest = try blobs.put(data)
                // Where no version comes of it, the sweeper takes it.
                hold.add(digest)
                return digest
            }
            return (try put(head), try put(evaluation))
        }
    }

    /// In one step with what requests are answered by, so that nobody moves the alias, or deletes the model, in between.
    private func commit(_ draft: ModelVersion, _ model: ServedModel) async throws {
        let (catalog, registry) = (environment.catalog, environment.registry)
        try await registry.exclusively {
            let current = try await catalog.alias(.latest, of: draft.model)
            let move =
                try await isPromoted(draft, over: current)
                ? AliasMove(alias: .latest, ifGeneration: current?.generation ?? 0) : nil
            let published = try await catalog.publish(draft, running.lease, move: move, at: .now)
            let version = published.version
            if let alias = published.alias { registry.serve(model.numbered(as: version), as: alias) }
            registry.note(publicationOf: version.model, at: version.createdAt)
        }
    }

    private func isPromoted(_ draft: ModelVersion, over current: ModelAlias?) async throws -> Bool {
        switch specification.promotion {
        case .manual: return false
        case .latest: return true
        case .ifBetter:
            guard let current, let old = try await environment.catalog.version(current.version, of: current.model)
            else { return true }
            let judgement = Improvement(of: draft, over: old)
            if let warning = judgement.warning { running.warn(judgement.code, warning) }
            return judgement.isPromoted
        }
    }
}

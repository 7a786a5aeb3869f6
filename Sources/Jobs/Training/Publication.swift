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
        let bundle = trained.bundle
        // Each time that it fails somebody else has moved the alias.
        while try await !publish(trained, bundle) {}
    }

    /// - Returns: false where 'latest' names another version by now than the one that it was compared with, so that what the
    ///   evaluation says of the decision would not be true.
    private func publish(_ trained: TrainedHead, _ bundle: HeadBundle) async throws -> Bool {
        let decision = try await decide(trained, bundle)
        let source = trained.source
        let evaluation = try await environment.fitPool.run { _ in
            try EvaluationDocument(source, promotion: decision).encoded()
        }
        return try await environment.gate.withWriting {
            let (head, evaluation) = try await store(bundle.encoded(), evaluation)
            let draft = draft(trained, head: head, evaluation: evaluation)
            let model = try await environment.promoter.verified(draft)
            try await running.save(in: environment.catalog)
            try Task.checkCancellation()
            return try await commit(draft, model, decision, trained.splits)
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
    private func commit(
        _ draft: ModelVersion, _ model: ServedModel, _ decision: PromotionDecision, _ splits: [Int64: Split]
    ) async throws -> Bool {
        let (catalog, registry) = (environment.catalog, environment.registry)
        return try await registry.exclusively {
            let current = try await catalog.alias(.latest, of: draft.model)
            guard current?.version == decision.previousVersion else { return false }
            if decision.policy == .ifBetter, decision.basis != .first { running.warn(decision.code, decision.reason) }
            let move =
                decision.promoted ? AliasMove(alias: .latest, ifGeneration: current?.generation ?? 0) : nil
            let published = try await catalog.publish(draft, running.lease, move: move, splits: splits, at: .now)
            let version = published.version
            if let alias = published.alias { registry.serve(model.numbered(as: version), as: alias) }
            registry.note(publicationOf: version.model, at: version.createdAt)
            return true
        }
    }

    // MARK: Whether it may answer

    private func decide(_ trained: TrainedHead, _ bundle: HeadBundle) async throws -> PromotionDecision {
        var decision = PromotionDecision(
            policy: specification.promotion, promoted: specification.promotion != .manual, basis: .policy, reason: "",
            previousVersion: nil, images: nil, accuracyBefore: nil, accuracy: nil, pValue: nil)
        let current = try await environment.catalog.alias(.latest, of: specification.model)
        decision.previousVersion = current?.version
        switch specification.promotion {
        case .manual: decision.reason = "'latest' is moved by hand"
        case .latest: decision.reason = "'latest' always names the newest version"
        case .ifBetter:
            guard let current, let old = try await environment.catalog.version(current.version, of: current.model)
            else {
                (decision.basis, decision.reason) = (.first, "no version answered before")
                return decision
            }
            // The digests are not looked at: they are of what is stored when this is decided.
            let draft = draft(trained, head: old.head, evaluation: old.evaluation)
            var isThere = true
            if let name = old.dataset, let dataset = try await environment.catalog.dataset(name) {
                isThere = dataset.wasThere(at: old.createdAt)
            }
            decision =
                isThere
                ? Improvement.decision(of: draft, over: old, try await comparison(trained, bundle, old))
                : Improvement.ofAnotherDataset(old)
        }
        return decision
    }

    /// With the version that answers; nil where there can be none, which is no reason to lose a training.
    private func comparison(
        _ trained: TrainedHead, _ bundle: HeadBundle, _ old: ModelVersion
    ) async throws -> VersionComparison? {
        guard old.dataset == specification.dataset else { return nil }
        let comparer = VersionComparer(environment)
        do {
            let new = VersionComparer.Contender(
                model: specification.model, version: nil, dataset: specification.dataset,
                datasetVersion: specification.datasetVersion, createdAt: .now, backbone: specification.backbone,
                bundle: bundle,
                testImages: Set(trained.source.tested.compactMap(\.id)))
            return try await comparer.compare(comparer.contender(old), new)
        } catch let error as CancellationError {
            throw error
        } catch {
            running.warn("not_comparable", "this version cannot be compared with version \(old.number): \(error)")
            return nil
        }
    }

    private func draft(_ trained: TrainedHead, head: PhotoDigest, evaluation: PhotoDigest) -> ModelVersion {
        ModelVersion(
            model: specification.model, number: 0, createdAt: .now, job: running.job.id, dataset: specification.dataset,
            datasetVersion: specification.datasetVersion, backbone: specification.backbone,
            backboneHash: trained.backbone.sha256, fit: trained.fit, recipe: trained.options.recipe,
            labels: trained.fitted.head.labels.map(Label.init(trusted:)), head: head, evaluation: evaluation,
            metrics: running.metrics, golden: trained.golden)
    }
}

public import Domain
import Formats
import Foundation
import Inference
import Storage
import Training

/// Asks two versions about the photos that neither was trained on, from the bottlenecks that are kept.
///
/// The photos are those that at least one has in its test split and the other has not in its train or validation split, by
/// content: a split is stable, so most of them are in both test splits. Where both stand on one backbone and prepare photos
/// alike, one bottleneck serves both.
public struct VersionComparer: Sendable {
    private let environment: JobEnvironment

    public init(_ environment: JobEnvironment) { self.environment = environment }

    /// - Throws: `RegraftError` (`not_comparable` where a version's evaluation does not say what it was tested on; as
    ///   `ModelLoader.load`; `unknown_dataset` where the photos are no longer there), `CancellationError`.
    public func compare(_ first: ModelVersion, _ second: ModelVersion) async throws -> VersionComparison {
        try await compare(try await contender(first), try await contender(second))
    }

    /// One of the two: a head, and what it was tested on and fitted on.
    struct Contender: Sendable {
        let model: ResourceName
        let version: Int?
        let dataset: ResourceName
        let datasetVersion: Int
        let backbone: String
        let bundle: HeadBundle
        let testImages: Set<Int64>
    }

    /// A version that is stored.
    func contender(_ version: ModelVersion) async throws -> Contender {
        let blobs = environment.blobs
        let (bundle, document) = try await environment.ingestPool.run { _ in
            guard let head = try blobs.read(version.head), let data = try blobs.read(version.evaluation) else {
                throw RegraftError(
                    "missing_head",
                    "The head or the evaluation of version \(version.number) of the model '\(version.model)' is not there."
                )
            }
            return (try HeadBundle(decoding: head), try EvaluationDocument(decoding: data))
        }
        guard let tested = document.testImageIds else {
            throw RegraftError(
                "not_comparable",
                "The evaluation of version \(version.number) of the model '\(version.model)' does not say which photos it was "
                    + "tested on, so it cannot be compared; train it anew.")
        }
        return Contender(
            model: version.model, version: version.number, dataset: version.dataset,
            datasetVersion: version.datasetVersion, backbone: version.backbone, bundle: bundle,
            testImages: Set(tested))
    }

    func compare(_ first: Contender, _ second: Contender) async throws -> VersionComparison {
        let mine = try await Sides(
            environment.catalog.trainingImages(of: first.dataset, version: first.datasetVersion), first)
        let theirs = try await Sides(
            environment.catalog.trainingImages(of: second.dataset, version: second.datasetVersion), second)
        let seen = mine.trained.union(theirs.trained)
        // Of a photo that both know, the second's label: it is the newer one where a photo was relabelled.
        let known = Set(theirs.tested.map(\.digest))
        let others = mine.tested.filter { !known.contains($0.digest) }
        let all =
            theirs.tested.map { (image: $0, dataset: second.dataset) }
            + others.map { (image: $0, dataset: first.dataset) }
        let asked = all.filter { !seen.contains($0.image.digest) }
        let (before, after) = try await answers(first, second, asked.map(\.image))
        var photos: [VersionComparison.Photo] = []
        for (index, photo) in asked.enumerated() {
            guard let first = before[index], let second = after[index] else { continue }
            photos.append(
                VersionComparison.Photo(
                    image: photo.image.id, dataset: photo.dataset.text, label: photo.image.label.text, first: first,
                    second: second))
        }
        let both = Set(mine.tested.map(\.digest))
        return VersionComparison(
            photos, first: (first.model, first.version), second: (second.model, second.version),
            testedByBoth: asked.count { both.contains($0.image.digest) && known.contains($0.image.digest) },
            leftOut: all.count - asked.count, unusable: asked.count - photos.count)
    }

    /// What a version was tested on, and what it knows.
    private struct Sides {
        let tested: [DatasetImage]
        let trained: Set<PhotoDigest>

        init(_ images: [DatasetImage], _ contender: Contender) {
            tested = images.filter { contender.testImages.contains($0.id) }
            trained = Set(images.filter { !contender.testImages.contains($0.id) }.map(\.digest))
        }
    }

    /// The labels that each answers with; nil for a photo that cannot be used.
    private func answers(
        _ first: Contender, _ second: Contender, _ images: [DatasetImage]
    ) async throws -> ([String?], [String?]) {
        let vectors = try await bottlenecks(first, images)
        let isShared =
            first.bundle.backboneHash == second.bundle.backboneHash
            && first.bundle.preprocessing == second.bundle.preprocessing
        let others = isShared ? vectors : try await bottlenecks(second, images)
        return try await environment.fitPool.run { _ in
            (Self.answers(first.bundle.head, vectors), Self.answers(second.bundle.head, others))
        }
    }

    private static func answers(_ head: Head, _ vectors: [[Float]?]) -> [String?] {
        vectors.map { features in
            guard let features else { return nil }
            let answers = Answers(
                probabilities: head.probabilities(FeatureMatrix([features])), classes: [0],
                classCount: head.labels.count)
            return head.labels[answers.predicted[0]]
        }
    }

    private func bottlenecks(_ contender: Contender, _ images: [DatasetImage]) async throws -> [[Float]?] {
        guard !images.isEmpty else { return [] }
        let engine = try await environment.backbones.engine(contender.backbone, for: .training)
        try contender.bundle.check(against: engine.backbone)
        let extractor = BottleneckExtractor(
            engine: engine, preprocessing: engine.backbone.descriptor.preprocessing(contender.bundle.fit),
            limits: environment.imageLimits, cache: environment.bottlenecks, pool: environment.extractPool,
            giveWay: environment.priority.giveWay)
        let blobs = environment.blobs
        let extraction = try await extractor.extract(
            images.map { image in
                PhotoSource(name: image.path, digest: image.digest) { () throws(ImageError) in
                    try LabelledPhotos.read(image.digest, blobs)
                }
            })
        return extraction.photos.map { try? $0.get().bottlenecks[0].features }
    }
}

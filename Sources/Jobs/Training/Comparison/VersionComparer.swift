public import Domain
import Formats
import Foundation
import Inference
import Serving
import Storage
import Training

/// Asks two versions about the photos that neither was trained on (`ComparedPhotos`), from the bottlenecks that are kept. A
/// split is stable by content, so most of them are in both test splits. Where both stand on one backbone and prepare photos
/// alike, one bottleneck serves both.
public struct VersionComparer: Sendable {
    private let environment: JobEnvironment
    /// Of those who wait for an answer.
    private let turns = OneAtATime()

    public init(_ environment: JobEnvironment) { self.environment = environment }

    /// For somebody who waits: one at a time, and only where few photos have to go through a backbone.
    /// - Throws: `RegraftError` (`not_comparable` where a version's evaluation does not say what it was tested on, or its dataset
    ///   is another one by now; `not_extracted`; as `ModelLoader.load`; `unknown_dataset` where the photos are no longer there),
    ///   `CancellationError`.
    public func compare(_ first: ModelVersion, _ second: ModelVersion) async throws -> VersionComparison {
        try await turns.run {
            try Task.checkCancellation()
            return try await compare(
                try await contender(first), try await contender(second), isWaitedFor: true)
        }
    }

    /// One of the two: a head, and what it was tested on and fitted on.
    struct Contender: Sendable {
        let model: ResourceName
        let version: Int?
        let dataset: ResourceName
        let datasetVersion: Int
        /// A dataset that was made later is another one of the same name.
        let createdAt: Date
        let backbone: String
        let bundle: HeadBundle
        let testImages: Set<Int64>
    }

    /// A version that is stored.
    func contender(_ version: ModelVersion) async throws -> Contender {
        guard let dataset = version.dataset, let datasetVersion = version.datasetVersion else {
            throw RegraftError(
                "not_comparable",
                "Version \(version.number) of the model '\(version.model)' was imported: the photos that it was trained and tested "
                    + "on are not here, so nobody can tell which photos are new to it. Compare it where it was trained."
            )
        }
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
            model: version.model, version: version.number, dataset: dataset,
            datasetVersion: datasetVersion, createdAt: version.createdAt, backbone: version.backbone,
            bundle: bundle, testImages: Set(tested))
    }

    /// - Parameter isWaitedFor: whether many photos without a bottleneck are refused rather than extracted.
    func compare(
        _ first: Contender, _ second: Contender, isWaitedFor: Bool = false
    ) async throws -> VersionComparison {
        let photos = ComparedPhotos(try await side(first), try await side(second))
        let asked = photos.asked
        let (before, after) = try await answers(first, second, asked.map(\.image), isWaitedFor: isWaitedFor)
        var answered: [VersionComparison.Photo] = []
        for (index, photo) in asked.enumerated() {
            guard let first = before[index], let second = after[index] else { continue }
            answered.append(
                VersionComparison.Photo(
                    image: photo.image.id, dataset: photo.dataset.text, label: photo.image.label.text, first: first,
                    second: second))
        }
        return VersionComparison(
            answered, first: (first.model, first.version), second: (second.model, second.version),
            testedByBoth: photos.testedByBoth, leftOut: photos.leftOut, unusable: asked.count - answered.count)
    }

    private func side(_ contender: Contender) async throws -> ComparedPhotos.Side {
        let catalog = environment.catalog
        let dataset = try await catalog.dataset(contender.dataset)
        guard let dataset, dataset.wasThere(at: contender.createdAt) else {
            let name = contender.version.map { "version \($0)" } ?? "the new version"
            throw RegraftError(
                "not_comparable",
                "The dataset '\(contender.dataset)' that \(name) of the model '\(contender.model)' was trained on is no longer "
                    + "there" + (dataset == nil ? "" : ", and the one of that name is another")
                    + ", so it cannot be compared; train it anew.")
        }
        return ComparedPhotos.Side(
            dataset: contender.dataset, datasetVersion: contender.datasetVersion,
            images: try await catalog.trainingImages(of: contender.dataset, version: contender.datasetVersion),
            testImages: contender.testImages, labels: Set(contender.bundle.head.labels))
    }

    /// The labels that each answers with; nil for a photo that cannot be used.
    private func answers(
        _ first: Contender, _ second: Contender, _ images: [DatasetImage], isWaitedFor: Bool
    ) async throws -> ([String?], [String?]) {
        let vectors = try await bottlenecks(first, images, isWaitedFor: isWaitedFor)
        let isShared =
            first.bundle.backboneHash == second.bundle.backboneHash
            && first.bundle.preprocessing == second.bundle.preprocessing
        let others = isShared ? vectors : try await bottlenecks(second, images, isWaitedFor: isWaitedFor)
        let (one, other) = (first.bundle.head, second.bundle.head)
        let common = Set(one.labels).intersection(other.labels)
        return try await environment.fitPool.run { _ in
            (Self.answers(one, vectors, common), Self.answers(other, others, common))
        }
    }

    /// The likeliest of the labels that both know: with one more to choose from, one of them could only do worse.
    private static func answers(_ head: Head, _ vectors: [[Float]?], _ common: Set<String>) -> [String?] {
        let places = head.labels.indices.filter { common.contains(head.labels[$0]) }
        return vectors.map { features in
            guard let features, !places.isEmpty else { return nil }
            let probabilities = head.probabilities(FeatureMatrix([features]))
            return head.labels[places[places.map { probabilities[$0] }.indexOfLargest]]
        }
    }

    private func bottlenecks(
        _ contender: Contender, _ images: [DatasetImage], isWaitedFor: Bool
    ) async throws -> [[Float]?] {
        guard !images.isEmpty else { return [] }
        let engine = try await environment.backbones.engine(contender.backbone, for: .training)
        try contender.bundle.check(against: engine.backbone)
        if isWaitedFor {
            try await environment.requireExtracted(images.map(\.digest), engine, contender.bundle.fit)
        }
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

public import Domain
public import Foundation
import Inference

/// Makes a version answer: its head is loaded, its hash checked, and it is tried on its golden photos before anybody is
/// answered by it.
public struct Promoter: Sendable {
    private let loader: ModelLoader
    private let classifier: Classifier
    private let read: @Sendable (PhotoDigest) throws -> Data?

    /// Largest difference of a probability from what it was when the model was made: the same network on another processor
    /// adds up in another order.
    private static let tolerance: Float = 0.01

    /// What a photo is refused for that is whole.
    private static let limits: Set<ImageError.Code> = [
        .tooManyBytes, .tooManyPixels, .tooManyFrames, .tooManyScans, .unsupported,
    ]

    public init(
        loader: ModelLoader, classifier: Classifier, read: @escaping @Sendable (PhotoDigest) throws -> Data?
    ) {
        self.loader = loader
        self.classifier = classifier
        self.read = read
    }

    /// A version that has shown that it answers as it should.
    /// - Throws: `RegraftError`: as `ModelLoader.load`; `golden_mismatch`.
    public func verified(_ version: ModelVersion) async throws -> ServedModel {
        let model = try await loader.load(version)
        // All at once, so that under load they wait in the classifier's queue once and not one after the other.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for golden in version.golden { group.addTask { try await self.check(golden, by: model) } }
            try await group.waitForAll()
        }
        return model
    }

    private func check(_ golden: GoldenPhoto, by model: ServedModel) async throws {
        // A photo that has been damaged since says nothing about the head.
        guard let photo = try? await ModelLoader.pool.run({ [read] _ in try read(golden.digest) }) else {
            return try Task.checkCancellation()
        }
        let answer: [Float]
        do { answer = try await classifier.check(photo, by: model) } catch let error as ImageError
            where Self.limits.contains(error.code)
        {
            // So does one that the settings, which may have changed, no longer let in.
            return
        }
        let difference = zip(answer, golden.probabilities).map { abs($0 - $1) }.max() ?? 0
        guard answer.count == golden.probabilities.count, difference <= Self.tolerance else {
            let version = model.version
            throw RegraftError(
                "golden_mismatch",
                "Version \(version.number) of the model '\(version.model)' answers otherwise than when it was made: a "
                    + "probability of a photo that is kept to check it differs by \(difference). Retrain it.")
        }
    }
}

extension Classifier {
    /// Classifies without regard to the queue: for checks that the server itself makes.
    func check(_ picture: Data, by model: ServedModel) async throws -> [Float] {
        try await unlimitedAdmission().classify(picture, by: model).probabilities
    }
}

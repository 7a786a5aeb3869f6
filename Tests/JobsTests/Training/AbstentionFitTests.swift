import Domain
import Testing
import Training
import Workers

import Jobs

struct AbstentionFitTests {
    /// Two classes, of which the heads are sure, and right as often as is said.
    private func fitted(right: Int, of count: Int) -> FittedHead {
        let probabilities: [Float] = (0..<2 * count).map { $0 % 2 == 0 ? 0.9 : 0.1 }
        let held = HeldOutPredictions(
            photos: Array(0..<count), classes: (0..<count).map { $0 < right ? 0 : 1 }, probabilities: probabilities,
            uncalibrated: probabilities, folds: (0..<count).map { $0 % 2 }, labelCount: 2)
        let head = Head(labels: ["a", "b"], transform: .raw, featureCount: 2, weights: [1, 0, 0, 1], biases: [0, 0])
        return FittedHead(head: head, notes: [], validation: nil, heldOut: held)
    }

    private func set(_ count: Int) -> TrainingSet {
        let none = Examples(features: FeatureMatrix(columns: 2), classes: [])
        let photos = Examples(
            features: FeatureMatrix((0..<count).map { [Float($0), 1] }), classes: (0..<count).map { $0 % 2 })
        return TrainingSet(
            labels: ["a", "b"], train: photos, validation: none, test: none, groups: Array(0..<count), views: [])
    }

    private func run(right: Int, of count: Int, target: Double) async throws -> AbstentionFit.Result {
        try await AbstentionFit(
            targetPrecision: target, classifier: nil, pool: WorkerPool(name: "test", width: 1)
        ).run(fitted(right: right, of: count), set(count))
    }

    // Where no answer is sure enough, none is given, and the reader learns why.
    @Test func abstainsAlwaysWhereTheTargetCannotBeReached() async throws {
        let result = try await run(right: 10, of: 20, target: 0.95)
        #expect(result.abstention.isNeverSure && result.threshold == nil)
        #expect(result.notes.contains { $0.contains("All answers are marked as unsure") && $0.contains("95.0 %") })
    }

    // Of a few photos, one by chance would decide.
    @Test(arguments: [(14, nil), (15, 0.0)] as [(Int, Double?)])
    func asksForPhotosEnough(_ count: Int, _ threshold: Double?) async throws {
        let result = try await run(right: count, of: count, target: 0.95)
        #expect(result.abstention.confidenceThreshold == threshold && (result.threshold == nil) == (threshold == nil))
    }

    @Test func saysWhenPhotosOfNoneOfTheClassesAreOfNoUse() async throws {
        let result = try await AbstentionFit(
            targetPrecision: 0.95, classifier: nil, pool: WorkerPool(name: "test", width: 1)
        ).run(fitted(right: 10, of: 10), set(10), negatives: [[3, 1], [4, 1]])
        #expect(result.unusedNegatives == 2 && result.abstention.unknown == nil)
        #expect(result.notes.last?.contains("Photos of none of the classes (2) have no effect") == true)
    }

    // 19 of 20 are right; Wilson's interval for that is 76.4 to 99.1 % (statsmodels).
    @Test func saysHowWellThePrecisionIsKnown() async throws {
        let result = try await run(right: 19, of: 20, target: 0.95)
        #expect(result.abstention.confidenceThreshold == 0)
        #expect(
            result.notes.contains { $0.contains("of these 20, 95.0 % are right (95 % interval 76.4 % to 99.1 %)") },
            "\(result.notes)")
    }
}

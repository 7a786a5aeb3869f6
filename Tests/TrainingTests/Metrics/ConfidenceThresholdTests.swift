import Domain
import Testing
import Training

struct ConfidenceThresholdTests {
    /// Two classes; each photo's probability for its answer, and whether that is right.
    private func held(_ answers: [(probability: Float, isRight: Bool)]) -> HeldOutPredictions {
        let probabilities = answers.flatMap { [$0.probability, 1 - $0.probability] }
        return HeldOutPredictions(
            photos: Array(answers.indices), classes: answers.map { $0.isRight ? 0 : 1 }, probabilities: probabilities,
            uncalibrated: probabilities, folds: answers.map { _ in 0 }, labelCount: 2)
    }

    @Test func asksForNothingWhereEnoughIsRight() throws {
        let found = try #require(
            ConfidenceThreshold(target: 0.75, held([(0.9, true), (0.8, true), (0.7, true), (0.6, false)])))
        #expect(found.threshold == 0 && found.coverage == 1 && found.precision == 0.75)
    }

    // The lowest threshold that will do, not the first at which it does: 0.9 alone is right, and 0.9 with 0.8 and 0.7 are in
    // two of three; with the next two it is four of five.
    @Test func coversAsMuchAsItCan() throws {
        let found = try #require(
            ConfidenceThreshold(
                target: 0.8,
                held([(0.9, true), (0.8, false), (0.7, true), (0.65, true), (0.6, true), (0.55, false), (0.51, false)]))
        )
        #expect(abs(found.threshold - 0.6) < 1e-6 && abs(found.coverage - 5.0 / 7) < 1e-12 && found.precision == 0.8)
    }

    // Photos that are equally sure are answered together or not at all.
    @Test func doesNotDivideEquals() throws {
        let found = try #require(
            ConfidenceThreshold(target: 1, held([(0.9, true), (0.8, true), (0.8, false), (0.7, true)])))
        #expect(abs(found.threshold - 0.9) < 1e-6 && found.coverage == 0.25)
    }

    // 1 is what says that no answer is sure enough.
    @Test func isNeverOne() throws {
        let found = try #require(ConfidenceThreshold(target: 1, held([(1, true), (0.9, false)])))
        #expect(found.threshold == 1.0.nextDown && found.coverage == 0.5)
        let (sure, never) = (
            Abstention(targetPrecision: 1, confidenceThreshold: found.threshold),
            Abstention(targetPrecision: 1, confidenceThreshold: 1)
        )
        #expect(!sure.isNeverSure && sure.judge([0], probabilities: [1, 0], classifier: nil).reason == nil)
        #expect(never.isNeverSure && never.judge([0], probabilities: [1, 0], classifier: nil).reason == .unsure)
    }

    @Test func saysWhereItCannotBeReached() {
        #expect(ConfidenceThreshold(target: 0.9, held([(0.9, false), (0.8, true)])) == nil)
        #expect(ConfidenceThreshold(target: 0.9, held([])) == nil)
    }
}

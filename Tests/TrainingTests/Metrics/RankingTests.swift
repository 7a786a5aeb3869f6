import Foundation
import Testing
import Training

/// Against scikit-learn, on seven classes with ties; the scores are a formula that the script has too.
struct RankingTests {
    private let golden = Golden.shared.ranking
    private let probabilities: [Float] = (0..<60).flatMap { row in
        let values = (0..<7).map { column -> Double in
            let angle: Double = 1.7 * Double(row / 2) + 2.3 * Double(column)
            return exp(sin(angle) * 3)
        }
        return values.map { Float($0 / values.reduce(0, +)) }
    }
    private var answers: Answers { Answers(probabilities: probabilities, classes: golden.truth, classCount: 7) }

    @Test func topFive() throws {
        #expect(abs(try #require(answers.topFiveAccuracy) - golden.topFive) < 1e-12)
        #expect(Answers(probabilities: [0.5, 0.5], classes: [1], classCount: 2).topFiveAccuracy == nil)
        #expect(Answers(probabilities: [], classes: [], classCount: 7).topFiveAccuracy == nil)
        // Of equal ones the label comes in its turn, and not always first.
        let equal = [Float](repeating: 1.0 / 7, count: 7)
        #expect(Answers(probabilities: equal, classes: [5], classCount: 7).topFiveAccuracy == 0)
    }

    @Test func averagePrecision() throws {
        let found = AveragePrecision.ofClasses(probabilities: probabilities, classes: golden.truth, classCount: 7)
        for (index, value) in found.enumerated() {
            #expect(abs(try #require(value) - golden.averagePrecisions[index]) < 1e-9)
        }
        let few = AveragePrecision.ofClasses(probabilities: [0.6, 0.4], classes: [0], classCount: 2)
        #expect(few == [1, nil])
    }

    @Test func precisionAndRecall() {
        let points = PrecisionRecallCurve(answers).points
        #expect(points.count == golden.thresholds.count)
        for (index, point) in points.enumerated() where index < golden.thresholds.count {
            #expect(abs(point.threshold - golden.thresholds[index]) < 1e-6)
            #expect(abs(point.precision - golden.precisions[index]) < 1e-9)
            #expect(abs(point.recall - golden.recalls[index]) < 1e-9)
            #expect(abs(point.coverage - golden.coverages[index]) < 1e-9)
        }
    }

    /// Both ends stay, whatever is left out between them.
    @Test func curveIsShort() throws {
        let confidences = (0..<1_234).map { Float($0) / 1_234 }
        let points = PrecisionRecallCurve(confidences: confidences, correct: confidences.map { $0 > 0.5 }).points
        #expect(points.count == 100)
        #expect(abs(try #require(points.first).coverage - 1 / 1_234.0) < 1e-9 && points.last?.coverage == 1)
        #expect(PrecisionRecallCurve(confidences: [], correct: []).points.isEmpty)
    }

    @Test func calibration() throws {
        let found = try #require(Calibration(answers))
        #expect(abs(found.error - golden.calibrationError) < 1e-6)
        #expect(found.bins.map(\.count) == golden.binCounts)
        for (value, wanted) in zip(found.bins.compactMap(\.accuracy), golden.binAccuracies) {
            #expect(abs(value - wanted) < 1e-6)
        }
        for (value, wanted) in zip(found.bins.compactMap(\.confidence), golden.binConfidences) {
            #expect(abs(value - wanted) < 1e-6)
        }
        let signed = zip(answers.confidences, golden.truth.indices).reduce(0.0) { sum, photo in
            sum + Double(photo.0) - (answers.isCorrect(photo.1) ? 1 : 0)
        }
        #expect(abs(found.excess - signed / 60) < 1e-9)
    }

    // Bins are open below and closed above, so that a certain answer has one.
    @Test(arguments: [(0, 0), (1, 14), (0.2, 2), (0.2001, 3), (0.0001, 0)] as [(Float, Int)])
    func binsAreClosedAbove(_ confidence: Float, _ bin: Int) throws {
        let found = try #require(Calibration(confidences: [confidence], correct: [true]))
        // A float is not quite 0.2; its bin is that of what it is.
        let expected = confidence == 0.2 && Double(confidence) > 0.2 ? 3 : bin
        #expect(found.bins.firstIndex { $0.count == 1 } == expected)
        #expect(found.bins.count { $0.accuracy == nil } == 14)
    }

    // What is no number is no reason to end the program.
    @Test func survivesWhatIsNoNumber() {
        #expect(Calibration(confidences: [.nan, 0.5], correct: [true, false])?.count == 2)
    }

    @Test func nothingHasNoCalibration() { #expect(Calibration(confidences: [], correct: []) == nil) }

    @Test(arguments: Golden.shared.mcnemar.indices)
    func mcnemar(_ index: Int) {
        let golden = Golden.shared.mcnemar[index]
        let found = McNemar(onlyFirst: golden.first, onlySecond: golden.second)
        #expect(abs(found.pValue - golden.pValue) <= 1e-9 * max(golden.pValue, 1e-3))
    }
}

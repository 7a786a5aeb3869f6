import Foundation
import Testing
import Training

/// Against scikit-learn and SciPy; the scores are a formula that the script has too.
struct MetricsTests {
    private let golden = Golden.shared.metrics
    private let scores: [Float] = (0..<25).flatMap { i in
        (0..<4).map { j -> Float in
            let angle: Double = 1.7 * Double(i) + 2.3 * Double(j)
            return Float(sin(angle) * 3)
        }
    }
    private var probabilities: [Float] {
        (0..<25).flatMap { row in
            let values = scores[row * 4..<row * 4 + 4].map { exp(Double($0)) }
            return values.map { Float($0 / values.reduce(0, +)) }
        }
    }

    @Test func accuracyAndCrossEntropy() {
        let metrics = Metrics(probabilities: probabilities, classes: golden.truth, classCount: 4)
        #expect(abs(metrics.accuracy - golden.accuracy) < 1e-9)
        #expect(abs(metrics.crossEntropy - golden.crossEntropy) < 1e-5)
        #expect(metrics.count == 25)
    }

    @Test func perClass() {
        let predicted = (0..<25).map { row in
            (0..<4).max { scores[row * 4 + $0] < scores[row * 4 + $1] } ?? 0
        }
        let reports = ConfusionMatrix(labels: Golden.labels(4), truth: golden.truth, predicted: predicted).reports
        for (index, report) in reports.enumerated() {
            #expect(abs((report.precision ?? .nan) - golden.precision[index]) < 1e-9)
            #expect(abs((report.recall ?? .nan) - golden.recall[index]) < 1e-9)
            #expect(abs((report.f1 ?? .nan) - golden.f1[index]) < 1e-9)
            #expect(report.support == golden.support[index])
        }
    }

    /// What never occurs has no precision and no recall, rather than one of 0 or of not-a-number.
    @Test func classesThatNeverOccur() {
        let reports = ConfusionMatrix(labels: ["a", "b", "c"], truth: [0, 1], predicted: [0, 0]).reports
        #expect(reports[1].precision == nil)
        #expect(reports[1].recall == 0)
        #expect(reports[2].precision == nil && reports[2].recall == nil && reports[2].f1 == nil)
    }

    @Test func temperature() {
        let found = Temperature(scores: scores, classes: golden.truth, classCount: 4, poll: {})
        #expect(abs(found.value / golden.temperature - 1) < 0.01)
        #expect(abs(found.crossEntropy - golden.temperedCrossEntropy) < 1e-5)
    }

    @Test(arguments: Golden.shared.wilson.indices)
    func wilson(_ index: Int) {
        let golden = Golden.shared.wilson[index]
        let interval = ConfidenceInterval(successes: golden.successes, of: golden.count)
        #expect(abs(interval.lower - golden.lower) < 1e-9)
        #expect(abs(interval.upper - golden.upper) < 1e-9)
    }

    @Test func nothingIsKnownFromNothing() {
        let interval = ConfidenceInterval(successes: 0, of: 0)
        #expect(interval.lower == 0 && interval.upper == 1)
    }
}

import Domain
import Testing
import Training

struct TemperatureTests {
    /// Scores that say nothing of the classes: however little a temperature would leave of them, the answers stay what they
    /// are.
    @Test(arguments: [Float(1), 1e-4, 1e4])
    func neverMakesAllAlike(_ size: Float) throws {
        // The class goes round in threes, the best score in fives.
        let count = 150
        let scores = (0..<count).flatMap { photo in (0..<5).map { $0 == photo % 5 ? size : 0 } }
        let temperature = Temperature(
            scores: scores, classes: (0..<count).map { $0 % 3 }, classCount: 5, isCautious: true, poll: {})
        let range = Double(size) / temperature.value
        #expect(range > 0.009 && range < 1)
        let divided = scores.map { $0 / Float(temperature.value) }
        for photo in 0..<count {
            let row = Array(divided[photo * 5..<photo * 5 + 5])
            #expect(row.indices.max { row[$0] < row[$1] } == photo % 5)
        }
    }

    // What it did is told by the head that it was.
    @Test func isComparedWithWhatWas() throws {
        let examples = Golden.examples(rows: 60, columns: 12, classes: 3)
        let head = Head(
            labels: Golden.labels(3), transform: .raw, featureCount: 12,
            weights: (0..<36).map { Float($0 % 5) - 2 }, biases: [0, 1, 0])
        let before = Evaluation(head, on: examples)
        let after = Evaluation(head.cooled(by: 4), on: examples, uncalibrated: head)
        let (expected, found) = (try #require(Calibration(before.answers)), try #require(after.calibrationBefore))
        #expect(abs(found.error - expected.error) < 1e-5 && found.count == 60 && before.calibrationBefore == nil)
        #expect(abs(expected.error - (Calibration(after.answers)?.error ?? 0)) > 0.01)
    }

    // Right of every photo: not as sure as 32 bits allow, but as sure as one wrong photo more would leave it.
    @Test func staysFiniteWhereAllIsRight() {
        let scores: [Float] = (0..<50).flatMap { photo in (0..<2).map { $0 == photo % 2 ? 1 : 0 } }
        let temperature = Temperature(
            scores: scores, classes: (0..<50).map { $0 % 2 }, classCount: 2, isCautious: true, poll: {})
        // Of two classes the best: log odds of the smoothed target, 1 - 1/104 : 1/104 (Platt's 1/(n + 2) spread over both).
        #expect(abs(1 / temperature.value - 4.635) < 0.02)
    }
}

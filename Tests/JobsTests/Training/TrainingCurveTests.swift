import Domain
import Jobs
import Testing
import Training

struct TrainingCurveTests {
    private func step(_ number: Int) -> TrainingStep {
        TrainingStep(
            number: number, total: nil, train: Metrics(accuracy: 0.123456, crossEntropy: Double(number), count: 1),
            validation: nil,
            head: { Head(labels: [], transform: .raw, featureCount: 0, weights: [], biases: []) })
    }

    // As many as can be, evenly spread, with the first and the last.
    @Test(arguments: [(0, 0), (1, 1), (400, 400), (499, 499), (500, 251), (10_000, nil)] as [(Int, Int?)])
    func keepsSomeHundred(_ count: Int, _ expected: Int?) throws {
        var curve = TrainingCurve()
        for number in 0..<count { curve.add(step(number)) }
        let points = curve.points
        #expect(points.count == expected || (expected == nil && (250...500).contains(points.count)), "\(points.count)")
        guard count > 0 else { return }
        #expect(points.first?.step == 0 && points.last?.step == count - 1)
        let gaps = zip(points.dropFirst(), points).map { $0.step - $1.step }.dropLast()
        #expect(Set(gaps).count <= 1)
        #expect(points[0].trainAccuracy == 0.1235 && points[0].validationAccuracy == nil)
    }
}

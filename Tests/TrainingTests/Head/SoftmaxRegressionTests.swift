import Domain
import Testing
import Training

struct SoftmaxRegressionTests {
    /// scikit-learn's LogisticRegression on the same numbers; both with more photos than features and with fewer, where
    /// the fit happens in the basis of their span.
    @Test(arguments: Golden.shared.regressions.indices)
    func agreesWithScikitLearn(_ index: Int) throws {
        let golden = Golden.shared.regressions[index]
        let examples = Golden.examples(rows: golden.rows, columns: golden.columns, classes: golden.classes)
        let regression = SoftmaxRegression(
            examples, labels: Golden.labels(golden.classes), transform: golden.transform, poll: {})
        var losses: [Double] = []
        let weights = [Float](repeating: 1, count: golden.classes)
        let head = regression.fit(
            along: [golden.penalty * 100, golden.penalty * 10, golden.penalty], classWeights: weights, poll: {}
        ) { _, _, value in losses.append(value.crossEntropy) }
        #expect(losses.count > 3)
        let largest = golden.weights.map(abs).max() ?? 0
        #expect(distance(head.weights, golden.weights) < 0.01 * largest)
        #expect(distance(head.probabilities(examples.features), golden.probabilities) < 2e-3)
        let mean = head.biases.reduce(0, +) / Float(golden.classes)
        #expect(distance(head.biases.map { $0 - mean }, golden.biases) < 0.01 * max(largest, 1))
    }

    /// A class that counts for three does so as if its photos were there three times.
    @Test func weightsCountLikeCopies() {
        let examples = Golden.examples(rows: 30, columns: 5, classes: 3)
        var copied = examples
        for index in examples.classes.indices where examples.classes[index] == 1 {
            for _ in 0..<2 {
                copied.features.append(examples.features[index])
                copied.classes.append(1)
            }
        }
        let labels = Golden.labels(3)
        let weighted = SoftmaxRegression(examples, labels: labels, transform: .raw, poll: {})
            .fit(along: [0.1, 0.01], classWeights: [1, 3, 1], poll: {}) { _, _, _ in }
        let repeated = SoftmaxRegression(copied, labels: labels, transform: .raw, poll: {})
            .fit(along: [0.1, 0.01], classWeights: [1, 1, 1], poll: {}) { _, _, _ in }
        let difference = distance(
            weighted.probabilities(examples.features), repeated.probabilities(examples.features).map(Double.init))
        #expect(difference < 2e-3)
    }

    @Test func coolingKeepsTheAnswers() {
        let examples = Golden.examples(rows: 12, columns: 4, classes: 3)
        let head = SoftmaxRegression(examples, labels: Golden.labels(3), transform: .raw, poll: {})
            .fit(along: [0.1], classWeights: [1, 1, 1], poll: {}) { _, _, _ in }
        let (sharp, soft) = (head.probabilities(examples.features), head.cooled(by: 4).probabilities(examples.features))
        for row in 0..<12 {
            let (first, second) = (sharp[row * 3..<row * 3 + 3], soft[row * 3..<row * 3 + 3])
            #expect(first.firstIndex(of: first.max() ?? 0) == second.firstIndex(of: second.max() ?? 0))
            #expect((second.max() ?? 1) < (first.max() ?? 0))
        }
    }
}

public import Domain

/// What a head does on photos that no fit and no choice has seen.
public struct Evaluation: Sendable {
    public struct Mistake: Sendable, Equatable {
        /// Position in the test examples.
        public let index: Int
        public let truth: Int
        public let predicted: Int
        /// That the head gave to its answer: 0…1.
        public let probability: Float
    }

    public let metrics: Metrics
    /// Of the accuracy, 95 %.
    public let interval: ConfidenceInterval
    public let confusion: ConfusionMatrix
    /// The most confident first.
    public let mistakes: [Mistake]

    public init(_ head: Head, on examples: Examples) {
        let classCount = head.labels.count
        let probabilities = head.probabilities(examples.features)
        let answers = (0..<examples.count).map { photo in
            let row = probabilities[photo * classCount..<(photo + 1) * classCount]
            let best = row.indexOfLargest
            return (label: best, probability: row[row.startIndex + best])
        }
        metrics = Metrics(probabilities: probabilities, classes: examples.classes, classCount: classCount)
        confusion = ConfusionMatrix(labels: head.labels, truth: examples.classes, predicted: answers.map(\.label))
        interval = ConfidenceInterval(successes: confusion.correct, of: examples.count)
        mistakes = answers.indices.filter { answers[$0].label != examples.classes[$0] }
            .map {
                Mistake(
                    index: $0, truth: examples.classes[$0], predicted: answers[$0].label,
                    probability: answers[$0].probability)
            }
            .sorted { ($0.probability, $1.index) > ($1.probability, $0.index) }
    }
}

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
        /// That it gave to the label.
        public let labelProbability: Float
    }

    public let metrics: Metrics
    /// Of the accuracy, 95 %.
    public let interval: ConfidenceInterval
    public let confusion: ConfusionMatrix
    /// The most confident first.
    public let mistakes: [Mistake]
    public let answers: Answers
    /// How well confidence and accuracy agreed before the head was calibrated; nil where it was not.
    public let calibrationBefore: Calibration?
    /// Of each class; nil where there is no photo of it.
    public let averagePrecisions: [Double?]

    /// - Parameter uncalibrated: the head as it was before it was calibrated, where it was.
    public init(_ head: Head, on examples: Examples, uncalibrated: Head? = nil) {
        let classCount = head.labels.count
        let probabilities = head.probabilities(examples.features)
        calibrationBefore = uncalibrated.flatMap { head in
            Calibration(
                Answers(
                    probabilities: head.probabilities(examples.features), classes: examples.classes,
                    classCount: classCount))
        }
        let answers = Answers(probabilities: probabilities, classes: examples.classes, classCount: classCount)
        self.answers = answers
        metrics = Metrics(probabilities: probabilities, classes: examples.classes, classCount: classCount)
        confusion = ConfusionMatrix(labels: head.labels, truth: examples.classes, predicted: answers.predicted)
        interval = ConfidenceInterval(successes: answers.correct, of: examples.count)
        averagePrecisions = AveragePrecision.ofClasses(
            probabilities: probabilities, classes: examples.classes, classCount: classCount)
        mistakes = answers.classes.indices.filter { !answers.isCorrect($0) }
            .map {
                Mistake(
                    index: $0, truth: answers.classes[$0], predicted: answers.predicted[$0],
                    probability: answers.confidences[$0], labelProbability: answers.labelProbabilities[$0])
            }
            .sorted { ($0.probability, $1.index) > ($1.probability, $0.index) }
    }
}

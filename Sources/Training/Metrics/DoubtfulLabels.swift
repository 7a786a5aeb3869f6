/// Photos whose label is likely wrong, by what heads that had not seen them say of them.
///
/// A photo counts when its answer is another class than its label and is held with more confidence than that class has in its
/// own photos on average (Northcutt, Jiang, Chuang, "Confident learning", JAIR 70, 2021).
public struct DoubtfulLabels: Sendable, Equatable {
    public struct Doubt: Sendable, Equatable {
        /// Position over train, then validation photos.
        public let photo: Int
        public let label: Int
        /// What it rather is.
        public let suggested: Int
        public let labelProbability: Float
        public let suggestedProbability: Float
    }

    /// The least likely label first.
    public let doubts: [Doubt]
    /// Photos that were looked at.
    public let count: Int

    public init(_ held: HeldOutPredictions) {
        let answers = held.answers
        var (sums, counts) = (
            [Double](repeating: 0, count: held.labelCount), [Int](repeating: 0, count: held.labelCount)
        )
        for (photo, label) in held.classes.enumerated() {
            sums[label] += Double(answers.labelProbabilities[photo])
            counts[label] += 1
        }
        count = held.classes.count
        doubts = held.classes.indices.compactMap { photo in
            let (label, suggested) = (held.classes[photo], answers.predicted[photo])
            let confidence = answers.confidences[photo]
            guard suggested != label, counts[suggested] > 0,
                Double(confidence) > sums[suggested] / Double(counts[suggested])
            else { return nil }
            return Doubt(
                photo: held.photos[photo], label: label, suggested: suggested,
                labelProbability: answers.labelProbabilities[photo], suggestedProbability: confidence)
        }.sorted { ($0.labelProbability, $0.photo) < ($1.labelProbability, $1.photo) }
    }
}

extension HeldOutPredictions {
    /// Calibrated.
    public var answers: Answers { Answers(probabilities: probabilities, classes: classes, classCount: labelCount) }
    /// As they were before anything was done to make them mean what they say.
    public var uncalibratedAnswers: Answers {
        Answers(probabilities: uncalibrated, classes: classes, classCount: labelCount)
    }
}

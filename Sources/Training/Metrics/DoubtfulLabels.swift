/// Photos whose label is likely wrong, by what heads that had not seen them say of them.
///
/// A photo counts when its answer is another class than its label and is held with at least the confidence that this class has
/// in its own photos on the mean: confident learning.
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
        let confidence = SelfConfidence([held], labelCount: held.labelCount)
        count = held.classes.count
        doubts = held.classes.indices.compactMap { photo in
            let (row, label) = (held[photo], held.classes[photo])
            guard let suggested = confidence.likelyClass(row, given: label) else { return nil }
            return Doubt(
                photo: held.photos[photo], label: label, suggested: suggested,
                labelProbability: row[row.startIndex + label], suggestedProbability: row[row.startIndex + suggested])
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

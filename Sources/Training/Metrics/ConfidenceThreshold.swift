/// The probability from which on answers are right as often as somebody wants.
public struct ConfidenceThreshold: Sendable, Equatable {
    /// Photos that must have been held out: of fewer, one by chance decides, and what is said of the precision is not true.
    public static let leastPhotos = 15

    public let target: Double
    /// Answers that are less sure are not given: 0…1.
    public let threshold: Double
    /// The part of the given answers that is right.
    public let precision: Double
    /// The part of the photos that an answer is given to.
    public let coverage: Double
    /// How many photos that is.
    public let answerCount: Int

    /// The lowest threshold at which the answers above it are right as often as the target says.
    /// - Parameters:
    ///   - target: 0…1.
    ///   - held: photos that the answering heads had not seen.
    /// - Returns: nil where no threshold reaches the target.
    public init?(target: Double, _ held: HeldOutPredictions) {
        let answers = held.photos.indices.map { photo in
            let row = held[photo]
            let best = row.indexOfLargest
            return (probability: row[row.startIndex + best], isRight: best == held.classes[photo])
        }.sorted { $0.probability > $1.probability }
        var (right, found): (Int, (count: Int, right: Int)?) = (0, nil)
        for (index, answer) in answers.enumerated() {
            right += answer.isRight ? 1 : 0
            // Answers that are equally sure are given or withheld together.
            guard index + 1 == answers.count || answers[index + 1].probability < answer.probability else { continue }
            if Double(right) >= target * Double(index + 1) { found = (index + 1, right) }
        }
        guard let found else { return nil }
        self.target = target
        // Not 1, which would mean that no answer is sure enough.
        threshold = found.count == answers.count ? 0 : min(Double(answers[found.count - 1].probability), 1.0.nextDown)
        precision = Double(found.right) / Double(found.count)
        coverage = Double(found.count) / Double(answers.count)
        answerCount = found.count
    }
}

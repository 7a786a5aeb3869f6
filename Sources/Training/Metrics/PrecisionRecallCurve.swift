/// What is gained and what is lost when answers under a threshold are not given, over the photos of all classes together.
public struct PrecisionRecallCurve: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        /// Answers of at least this confidence are given.
        public let threshold: Double
        /// Of the answers that are given, the part that is right.
        public let precision: Double
        /// Of all photos, the part that is answered.
        public let coverage: Double
        /// Of all photos, the part that is answered, and rightly.
        public let recall: Double
    }

    public static let limit = 100

    /// From the highest threshold to the lowest, with which every photo is answered; at most 100, about evenly spread over
    /// the coverage.
    public let points: [Point]

    public init(_ answers: Answers) {
        self.init(confidences: answers.confidences, correct: answers.classes.indices.map(answers.isCorrect))
    }

    public init(confidences: [Float], correct: [Bool]) {
        let order = confidences.indices.sorted { (confidences[$0], $1) > (confidences[$1], $0) }
        var (hits, all) = (0, [Point]())
        for (position, photo) in order.enumerated() {
            hits += correct[photo] ? 1 : 0
            // Answers that are equally sure are given together.
            if position + 1 < order.count, confidences[order[position + 1]] == confidences[photo] { continue }
            let given = Double(position + 1)
            all.append(
                Point(
                    threshold: Double(confidences[photo]), precision: Double(hits) / given,
                    coverage: given / Double(order.count), recall: Double(hits) / Double(order.count)))
        }
        points = Self.thinned(all)
    }

    private static func thinned(_ all: [Point]) -> [Point] {
        guard all.count > limit else { return all }
        return (0..<limit).map { all[$0 * (all.count - 1) / (limit - 1)] }
    }
}

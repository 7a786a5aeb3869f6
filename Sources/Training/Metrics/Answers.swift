/// What a head said of labelled photos, without the probabilities of all the other classes.
public struct Answers: Sendable {
    /// Of each photo, the index of its label.
    public let classes: [Int]
    /// The class that got the most: the answer.
    public let predicted: [Int]
    /// That the answer got: 0…1.
    public let confidences: [Float]
    /// That the label got.
    public let labelProbabilities: [Float]
    /// How many classes got more than the label, or as much and come before it.
    public let ranks: [Int]
    public let classCount: Int

    /// - Parameters:
    ///   - probabilities: `[photos, classCount]`.
    ///   - classes: the true class of each photo.
    public init(probabilities: [Float], classes: [Int], classCount: Int) {
        var (predicted, confidences, own, ranks) = ([Int](), [Float](), [Float](), [Int]())
        for (photo, truth) in classes.enumerated() {
            let row = probabilities[photo * classCount..<(photo + 1) * classCount]
            let (best, mine) = (row.indexOfLargest, row[row.startIndex + truth])
            predicted.append(best)
            confidences.append(row[row.startIndex + best])
            own.append(mine)
            ranks.append(row.enumerated().count { $0.element > mine || ($0.element == mine && $0.offset < truth) })
        }
        self.classes = classes
        self.predicted = predicted
        self.confidences = confidences
        self.labelProbabilities = own
        self.ranks = ranks
        self.classCount = classCount
    }

    public var count: Int { classes.count }
    /// What each photo is, and what it was taken for.
    var pairs: [(truth: Int, predicted: Int)] { zip(classes, predicted).map { ($0, $1) } }
    public func isCorrect(_ photo: Int) -> Bool { predicted[photo] == classes[photo] }
    public var correct: Int { classes.indices.count(where: isCorrect) }
    public var accuracy: Double { Double(correct) / Double(max(count, 1)) }

    /// Part of the photos whose label is among the five best: nil without photos, and where there are no more than five
    /// classes, since it could be nothing but 1.
    public var topFiveAccuracy: Double? {
        guard count > 0, classCount > 5 else { return nil }
        return Double(ranks.count { $0 < 5 }) / Double(count)
    }
}

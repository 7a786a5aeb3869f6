import Domain

/// What was said of photos by heads that had not seen them, as a model that was fitted on all of them will say it of new ones.
public struct HeldOutPredictions: Sendable {
    /// Positions over the train, then the validation photos.
    public let photos: [Int]
    /// Of each, the index of its label.
    public let classes: [Int]
    /// `[photos, labels]`, row by row.
    public let probabilities: [Float]
    /// The same before anything was done to make them mean what they say.
    public let uncalibrated: [Float]
    /// Of each photo, which of the folds it was held out in, counted from 0.
    public let folds: [Int]
    public let labelCount: Int

    package init(
        photos: [Int], classes: [Int], probabilities: [Float], uncalibrated: [Float], folds: [Int], labelCount: Int
    ) {
        precondition(probabilities.count == photos.count * labelCount && uncalibrated.count == probabilities.count)
        self.photos = photos
        self.classes = classes
        self.probabilities = probabilities
        self.uncalibrated = uncalibrated
        self.folds = folds
        self.labelCount = labelCount
    }

    /// One photo's probabilities.
    public subscript(photo: Int) -> ArraySlice<Float> {
        probabilities[photo * labelCount..<(photo + 1) * labelCount]
    }
}

extension HeldOutPredictions {
    /// From scores, `[photos, labels]`, whose softmax the probabilities are.
    init(photos: [Int], classes: [Int], scores: [Float], uncalibrated: [Float], folds: [Int], labelCount: Int) {
        func probabilities(_ scores: [Float]) -> [Float] {
            var result = scores
            if labelCount > 0 { Softmax.apply(toRowsOf: &result, classCount: labelCount) }
            return result
        }
        self.init(
            photos: photos, classes: classes, probabilities: probabilities(scores),
            uncalibrated: probabilities(uncalibrated), folds: folds, labelCount: labelCount)
    }
}

extension HeldOutPredictions {
    /// Of photos that a head was not fitted on; nil where there are none.
    /// - Parameter position: of the first of them.
    init?(_ head: Head, on examples: Examples, from position: Int) {
        guard examples.count > 0 else { return nil }
        let probabilities = head.probabilities(examples.features)
        self.init(
            photos: Array(position..<position + examples.count), classes: examples.classes,
            probabilities: probabilities,
            uncalibrated: probabilities, folds: [Int](repeating: 0, count: examples.count),
            labelCount: head.labels.count)
    }
}

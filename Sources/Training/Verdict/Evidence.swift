public import Domain

/// What a verdict is found by.
public struct Evidence: Sendable {
    /// Photos of each class in a split.
    struct ClassCount: Sendable {
        var train = 0
        var validation = 0
        var test = 0

        var all: Int { train + validation + test }
    }

    let labels: [String]
    let recipe: TrainingOptions.Recipe
    /// Of each class.
    let counts: [ClassCount]
    /// On photos that it was fitted on.
    public let train: Metrics
    let test: Evaluation
    public let heldOut: HeldOutPredictions?
    /// Of the held-out predictions.
    let heldOutAnswers: Answers?
    let lookAlikes: LookAlikes
    /// Nil also where the head does no better than chance: it would doubt every label.
    public let doubts: DoubtfulLabels?
    /// Of the train, then the validation photos: what a person knows them by.
    let photoNames: [String]
    /// When it says that it does not know; nil where nobody has found out.
    let abstention: Abstention?

    /// As many of the photos that were fitted on say how well it fits; with thousands of classes more would take gigabytes.
    private static let trainLimit = 2000

    /// Takes as long as a look at a few thousand photos, so it belongs on a worker.
    /// - Parameter photoNames: of the train, then the validation photos.
    public init(
        _ fitted: FittedHead, _ set: TrainingSet, recipe: TrainingOptions.Recipe, test: Evaluation,
        lookAlikes: LookAlikes, photoNames: [String], abstention: Abstention? = nil
    ) {
        labels = set.labels
        self.recipe = recipe
        var counts = [ClassCount](repeating: ClassCount(), count: set.labels.count)
        for index in set.train.classes { counts[index].train += 1 }
        for index in set.validation.classes { counts[index].validation += 1 }
        for index in set.test.classes { counts[index].test += 1 }
        self.counts = counts
        let stride = (set.train.count + Self.trainLimit - 1) / Self.trainLimit
        let sample = set.train.selecting(
            Array(Swift.stride(from: 0, to: set.train.count, by: max(1, stride))))
        train = Metrics(
            probabilities: fitted.head.probabilities(sample.features), classes: sample.classes,
            classCount: set.labels.count)
        self.test = test
        heldOut = fitted.heldOut
        heldOutAnswers = fitted.heldOut?.answers
        let unseen = [heldOutAnswers, test.answers].compactMap(\.self).flatMap(\.pairs)
        let isWorthHearing = Baseline(unseen, labelCount: set.labels.count)?.isBeaten ?? false
        doubts = isWorthHearing ? fitted.heldOut.map(DoubtfulLabels.init) : nil
        self.lookAlikes = lookAlikes
        self.photoNames = photoNames
        self.abstention = abstention
    }

    // MARK: Photos that the head, or one like it, had not seen

    /// True and predicted class of each: those that were held out, then the test photos.
    var unseen: [(truth: Int, predicted: Int)] {
        [heldOutAnswers, test.answers].compactMap(\.self).flatMap(\.pairs)
    }

    /// Of these.
    var baseline: Baseline? { Baseline(unseen, labelCount: labels.count) }

    /// Held-out photos where there are any, since they are many, else the test photos.
    var unseenMetrics: Metrics? {
        if let heldOut, !heldOut.classes.isEmpty {
            return Metrics(
                probabilities: heldOut.probabilities, classes: heldOut.classes, classCount: heldOut.labelCount)
        }
        return test.metrics.count > 0 ? test.metrics : nil
    }
}

public import Domain

/// Labelled bottlenecks of one split.
public struct Examples: Sendable {
    /// `[photos, features]`
    public var features: FeatureMatrix
    /// Of each photo, the index of its label.
    public var classes: [Int]

    public init(features: FeatureMatrix, classes: [Int]) {
        precondition(features.rows == classes.count)
        self.features = features
        self.classes = classes
    }

    public var count: Int { classes.count }

    public func selecting(_ indices: [Int]) -> Examples {
        Examples(features: features.selecting(indices), classes: indices.map { classes[$0] })
    }
}

/// What a recipe is given.
public struct TrainingSet: Sendable {
    public let labels: [String]
    public let train: Examples
    public let validation: Examples
    public let test: Examples
    /// Photos with the same number are look-alikes and are never on two sides, also not of a cross-validation. One number
    /// for each photo of `train`, then of `validation`.
    public let groups: [Int]
    /// Distorted views of `train`: `views[k]` has a row for each of its photos.
    public let views: [FeatureMatrix]

    public init(
        labels: [String], train: Examples, validation: Examples, test: Examples, groups: [Int], views: [FeatureMatrix]
    ) {
        precondition(groups.count == train.count + validation.count)
        precondition(views.allSatisfy { $0.rows == train.count })
        self.labels = labels
        self.train = train
        self.validation = validation
        self.test = test
        self.groups = groups
        self.views = views
    }
}

/// One point of the curves that a person watches while training.
public struct TrainingStep: Sendable {
    /// Counted from 0.
    public let number: Int
    /// How many there will be, where the recipe knows.
    public let total: Int?
    public let train: Metrics
    /// Nil where there are no validation photos.
    public let validation: Metrics?
    /// Makes the head as it is at this step.
    public let head: @Sendable () -> Head

    package init(
        number: Int, total: Int?, train: Metrics, validation: Metrics?, head: @escaping @Sendable () -> Head
    ) {
        self.number = number
        self.total = total
        self.train = train
        self.validation = validation
        self.head = head
    }
}

/// What a recipe hands back.
public struct FittedHead: Sendable {
    public let head: Head
    /// The same before its scores were divided by temperatures, so that its probabilities mean what they say; nil where they were
    /// not.
    public let uncalibrated: Head?
    /// How it was come by, in sentences for a person.
    public let notes: [String]
    /// What was tried to settle on the way to fit; nil where nothing was.
    public let selection: ModelSelection?
    /// What else was tried.
    public let trials: [SettingTrial]
    /// The metrics of the last step on all validation photos, each once, under a head that was not fitted on them.
    public let validation: Metrics?
    /// Predictions of photos by heads that had not seen them; nil where there are none.
    public let heldOut: HeldOutPredictions?

    package init(
        head: Head, uncalibrated: Head? = nil, notes: [String], selection: ModelSelection? = nil,
        trials: [SettingTrial] = [],
        validation: Metrics?, heldOut: HeldOutPredictions?
    ) {
        self.head = head
        self.uncalibrated = uncalibrated
        self.notes = notes
        self.selection = selection
        self.trials = trials
        self.validation = validation
        self.heldOut = heldOut
    }

    /// The same with one trial more, if there is one.
    public func adding(_ trial: SettingTrial?) -> FittedHead {
        guard let trial else { return self }
        return FittedHead(
            head: head, uncalibrated: uncalibrated, notes: notes + [trial.note], selection: selection,
            trials: trials + [trial], validation: validation, heldOut: heldOut)
    }
}

extension TrainingSet {
    /// The same photos without their distorted views.
    package var withoutViews: TrainingSet {
        TrainingSet(labels: labels, train: train, validation: validation, test: test, groups: groups, views: [])
    }

    /// Positions over train, then validation photos, ascending: all of them, or about as many as the limit, of each class its
    /// part.
    func photos(atMost limit: Int, seed: UInt64) -> [Int] {
        let classes = train.classes + validation.classes
        guard classes.count > limit else { return Array(classes.indices) }
        var random = SeededRandom(seed: seed)
        return Dictionary(grouping: classes.indices) { classes[$0] }.sorted { $0.key < $1.key }.flatMap { _, photos in
            var order = photos
            random.shuffle(&order)
            return order.prefix(max(min(photos.count, 3), photos.count * limit / classes.count))
        }.sorted()
    }

    /// The set of some of the train and validation photos, and no test photos.
    func selecting(_ photos: [Int]) -> TrainingSet {
        let trained = photos.filter { $0 < train.count }
        return TrainingSet(
            labels: labels, train: train.selecting(trained),
            validation: validation.selecting(photos.filter { $0 >= train.count }.map { $0 - train.count }),
            test: test.selecting([]), groups: photos.map { groups[$0] }, views: views.map { $0.selecting(trained) })
    }
}

extension Examples {
    /// Photos drawn as `retrain.py` draws them: with replacement, a class first and then a photo of it.
    /// - Returns: positions in these examples.
    public func sample(_ count: Int, seed: UInt64) -> [Int] {
        var random = SeededRandom(seed: seed)
        let sampler = BatchSampler(self, views: [])
        return (0..<count).compactMap { _ in sampler.drawPhoto(&random) }
    }
}

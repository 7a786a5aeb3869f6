public import Domain
public import Workers

/// The training loop of TensorFlow's `retrain.py`: plain gradient descent on the softmax cross-entropy of small batches
/// drawn at random, each photo by first drawing its class, so that classes count alike whatever their size.
public struct RetrainRecipe: Sendable {
    public struct Settings: Sendable {
        public var steps = 4000
        public var learningRate = 0.01
        public var trainBatchSize = 100
        /// −1: all validation photos each time.
        public var validationBatchSize = 100
        /// Steps between two points of the curves.
        public var evaluationInterval = 10
        public var seed: UInt64 = 0
        /// Steps between two calls of `checkpoint`; 0 for none.
        public var checkpointInterval = 0

        public init() {}
    }

    private let settings: Settings

    public init(_ settings: Settings) { self.settings = settings }

    /// Fits a head; blocks the calling thread for as long as it takes, so it belongs on a worker.
    /// - Parameters:
    ///   - observe: called every `evaluationInterval` steps and at the last.
    ///   - checkpoint: called every `checkpointInterval` steps.
    /// - Throws: `CancellationError`, and what the closures throw.
    public func fit(
        _ set: TrainingSet, cancellation: CancellationFlag, observe: (TrainingStep) throws -> Void,
        checkpoint: (Int, Head) throws -> Void
    ) throws -> FittedHead {
        var random = SeededRandom(seed: settings.seed)
        let (classCount, columns) = (set.labels.count, set.train.features.columns)
        var weights = (0..<classCount * columns).map { _ in Float(0.001 * random.truncatedNormal()) }
        var biases = [Float](repeating: 0, count: classCount)
        let trainSampler = BatchSampler(set.train, views: set.views)
        let validationSampler = BatchSampler(set.validation, views: [])
        let rate = Float(settings.learningRate / Double(settings.trainBatchSize))
        for number in 0..<settings.steps {
            try cancellation.check()
            let batch = trainSampler.draw(settings.trainBatchSize, &random)
            var errors = LinearAlgebra.scores(batch.features, weights, biases: biases)
            Softmax.apply(toRowsOf: &errors, classCount: classCount)
            for (row, truth) in batch.classes.enumerated() { errors[row * classCount + truth] -= 1 }
            LinearAlgebra.multiplyTranspose(
                errors, times: batch.features.values, m: classCount, n: columns, k: batch.count, scale: -rate, keep: 1,
                into: &weights)
            for row in 0..<batch.count {
                for index in 0..<classCount { biases[index] -= rate * errors[row * classCount + index] }
            }

            let (weightsNow, biasesNow) = (weights, biases)
            let makeHead: @Sendable () -> Head = {
                Head(
                    labels: set.labels, transform: .raw, featureCount: columns, weights: weightsNow, biases: biasesNow)
            }
            if number % settings.evaluationInterval == 0 || number == settings.steps - 1 {
                let all = settings.validationBatchSize < 0
                let validationBatch =
                    all ? set.validation : validationSampler.draw(settings.validationBatchSize, &random)
                let validation =
                    set.validation.count > 0
                    ? Self.metrics(validationBatch, weights, biases, classCount) : nil
                try observe(
                    TrainingStep(
                        number: number, total: settings.steps,
                        train: Self.metrics(batch, weights, biases, classCount), validation: validation, head: makeHead)
                )
            }
            if settings.checkpointInterval > 0, number > 0, number % settings.checkpointInterval == 0 {
                try checkpoint(number, makeHead())
            }
        }
        let head = Head(
            labels: set.labels, transform: .raw, featureCount: columns, weights: weights, biases: biases)
        // The curve's points are of photos drawn at random, some of them more than once; what is kept is of each photo once.
        let validation =
            set.validation.count > 0 ? Self.metrics(set.validation, weights, biases, classCount) : nil
        let heldOut = HeldOutPredictions(head, on: set.validation, from: set.train.count)
        return FittedHead(
            head: head,
            notes: [
                "Gradient descent as in retrain.py: \(settings.steps) steps of \(settings.trainBatchSize) photos, "
                    + "learning rate \(settings.learningRate)."
            ], validation: validation, heldOut: heldOut)
    }

    /// Fits once more without distorted views, and adds whether they helped.
    /// - Parameter fitted: calibrated, as the other is before they are compared: else the surer of the two, not the better, would win.
    public func comparing(
        _ fitted: FittedHead, _ set: TrainingSet, _ cancellation: CancellationFlag, progress: FitProgress
    ) throws -> FittedHead {
        progress(.steps, 0, settings.steps)
        let plain = try fit(
            set.withoutViews, cancellation: cancellation,
            observe: { progress(.steps, $0.number + 1, settings.steps) }, checkpoint: { _, _ in })
        let calibrated = try plain.calibrated(poll: cancellation.check)
        guard let losses = PairedLosses(fitted.heldOut, calibrated.heldOut) else { return fitted }
        return fitted.adding(losses.viewsTrial(areKept: true))
    }

    private static func metrics(
        _ examples: Examples, _ weights: [Float], _ biases: [Float], _ classCount: Int
    ) -> Metrics {
        var probabilities = LinearAlgebra.scores(examples.features, weights, biases: biases)
        Softmax.apply(toRowsOf: &probabilities, classCount: classCount)
        return Metrics(probabilities: probabilities, classes: examples.classes, classCount: classCount)
    }
}

/// Draws photos with replacement: a class uniformly, then a photo of it, then one of its distorted views where there are
/// any.
struct BatchSampler {
    private let examples: Examples
    private let views: [FeatureMatrix]
    /// Photos by class; only classes that have any.
    private let members: [[Int]]

    init(_ examples: Examples, views: [FeatureMatrix]) {
        self.examples = examples
        self.views = views
        members = Dictionary(grouping: examples.classes.indices) { examples.classes[$0] }
            .sorted { $0.key < $1.key }.map(\.value)
    }

    /// A photo's position, or nil where there are none.
    func drawPhoto(_ random: inout SeededRandom) -> Int? {
        guard !members.isEmpty else { return nil }
        let photos = members[random.index(below: members.count)]
        return photos[random.index(below: photos.count)]
    }

    func draw(_ count: Int, _ random: inout SeededRandom) -> Examples {
        var batch = Examples(features: FeatureMatrix(columns: examples.features.columns, capacity: count), classes: [])
        for _ in 0..<count {
            guard let photo = drawPhoto(&random) else { break }
            // With distortions the undistorted photo is one view among the others, as a distortion of nothing is.
            let view = views.isEmpty ? 0 : random.index(below: views.count + 1)
            let row = view == 0 ? examples.features[photo] : views[view - 1][photo]
            batch.features.append(row)
            batch.classes.append(examples.classes[photo])
        }
        return batch
    }
}

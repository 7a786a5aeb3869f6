import Domain
import Testing
import Training
import Workers

struct RetrainRecipeTests {
    private func set(_ examples: Examples, classes: Int, validation: Examples? = nil) -> TrainingSet {
        let none = Examples(features: FeatureMatrix(columns: examples.features.columns), classes: [])
        return TrainingSet(
            labels: Golden.labels(classes), train: examples, validation: validation ?? none, test: none,
            groups: Array(0..<examples.count + (validation?.count ?? 0)), views: [])
    }

    /// The tutorial's loop written once more, in NumPy and in double precision, on the same random numbers.
    @Test func agreesWithNumPy() throws {
        let golden = Golden.shared.retrain
        var settings = RetrainRecipe.Settings()
        settings.steps = golden.steps
        settings.learningRate = golden.rate
        settings.trainBatchSize = golden.batch
        settings.seed = golden.seed
        let examples = Golden.examples(rows: golden.rows, columns: golden.columns, classes: golden.classes)
        let head = try RetrainRecipe(settings).fit(
            set(examples, classes: golden.classes), cancellation: CancellationFlag(), observe: { _ in },
            checkpoint: { _, _ in }
        ).head
        #expect(distance(head.weights, golden.weights) < 1e-4)
        #expect(distance(head.biases, golden.biases) < 1e-4)
    }

    /// The points of the curves: every tenth step and the last one, as the tutorial prints them; checkpoints in between.
    @Test func reportsAtTheTutorialsSteps() throws {
        var settings = RetrainRecipe.Settings()
        settings.steps = 35
        settings.checkpointInterval = 10
        let examples = Golden.examples(rows: 12, columns: 4, classes: 3)
        var (numbers, checkpoints, validations): ([Int], [Int], [Int]) = ([], [], [])
        _ = try RetrainRecipe(settings).fit(
            set(examples, classes: 3, validation: examples), cancellation: CancellationFlag(),
            observe: { step in
                numbers.append(step.number)
                validations.append(step.validation?.count ?? 0)
            }, checkpoint: { number, _ in checkpoints.append(number) })
        #expect(numbers == [0, 10, 20, 30, 34])
        #expect(checkpoints == [10, 20, 30])
        #expect(validations == [100, 100, 100, 100, 100])
    }

    /// What is kept of a fit is of each validation photo once, whatever the curve's points are of.
    @Test(arguments: [100, 5, -1])
    func judgesByAllValidationPhotos(_ batch: Int) throws {
        var settings = RetrainRecipe.Settings()
        (settings.steps, settings.validationBatchSize) = (3, batch)
        let examples = Golden.examples(rows: 13, columns: 4, classes: 3)
        let fitted = try RetrainRecipe(settings).fit(
            set(examples, classes: 3, validation: examples), cancellation: CancellationFlag(),
            observe: { step in #expect(step.validation?.count == (batch < 0 ? 13 : batch)) }, checkpoint: { _, _ in })
        let expected = Metrics(
            probabilities: fitted.head.probabilities(examples.features), classes: examples.classes, classCount: 3)
        #expect(fitted.validation?.count == 13 && fitted.validation?.accuracy == expected.accuracy)
        #expect(abs((fitted.validation?.crossEntropy ?? 0) - expected.crossEntropy) < 1e-6)
    }

    /// A class of one photo among classes of many is drawn as often as they are, and a class without any not at all.
    @Test func classesCountAlike() throws {
        var examples = Examples(features: FeatureMatrix(columns: 2), classes: [])
        for index in 0..<50 {
            examples.features.append([Float(index % 3), 1])
            examples.classes.append(0)
        }
        examples.features.append([-1, 1])
        examples.classes.append(1)
        let head = try RetrainRecipe(RetrainRecipe.Settings()).fit(
            set(examples, classes: 3), cancellation: CancellationFlag(), observe: { _ in }, checkpoint: { _, _ in }
        ).head
        let probabilities = head.probabilities(FeatureMatrix([[-1, 1]]))
        #expect(probabilities[1] > 0.7)
        #expect(probabilities[2] < 0.05)
    }

    /// A few steps leave a head that is far less sure than it is right. Calibrated, it gives the same answers, and the
    /// cross-entropy on held-out photos is what it is at the best of many temperatures that are tried one by one.
    @Test func calibratesWhatItKnows() throws {
        var settings = RetrainRecipe.Settings()
        settings.steps = 40
        let examples = Golden.examples(rows: 60, columns: 8, classes: 3)
        let fitted = try RetrainRecipe(settings).fit(
            set(examples, classes: 3, validation: examples), cancellation: CancellationFlag(), observe: { _ in },
            checkpoint: { _, _ in })
        let calibrated = fitted.calibrated(poll: {})
        func answers(_ head: Head) -> (indices: [Int], crossEntropy: Double) {
            let probabilities = head.probabilities(examples.features)
            let rows = examples.classes.indices.map { Array(probabilities[$0 * 3..<$0 * 3 + 3]) }
            let metrics = Metrics(probabilities: probabilities, classes: examples.classes, classCount: 3)
            return (rows.map { row in row.indices.max { row[$0] < row[$1] } ?? 0 }, metrics.crossEntropy)
        }
        func scaled(_ scale: Float) -> Head {
            Head(
                labels: fitted.head.labels, transform: .raw, featureCount: 8,
                weights: fitted.head.weights.map { $0 * scale }, biases: fitted.head.biases.map { $0 * scale })
        }
        #expect(answers(calibrated.head).indices == answers(fitted.head).indices)
        let best = (1...200).map { answers(scaled(Float($0) / 2)).crossEntropy }.min() ?? 0
        #expect(answers(calibrated.head).crossEntropy < answers(fitted.head).crossEntropy - 0.05)
        #expect(answers(calibrated.head).crossEntropy < best + 0.02)
        #expect(abs((calibrated.validation?.crossEntropy ?? 0) - answers(calibrated.head).crossEntropy) < 1e-4)
    }

    @Test func stopsWhenCancelled() {
        let flag = CancellationFlag()
        let examples = Golden.examples(rows: 12, columns: 4, classes: 3)
        var steps = 0
        #expect(throws: CancellationError.self) {
            try RetrainRecipe(RetrainRecipe.Settings()).fit(
                set(examples, classes: 3), cancellation: flag,
                observe: { _ in
                    steps += 1
                    flag.cancel()
                }, checkpoint: { _, _ in })
        }
        #expect(steps == 1)
    }
}

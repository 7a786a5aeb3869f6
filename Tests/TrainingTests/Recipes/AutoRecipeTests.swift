import Domain
import Synchronization
import Testing
import Training
import Workers

struct AutoRecipeTests {
    private func split(_ examples: Examples, classes: Int, views: Int = 0) -> TrainingSet {
        let every = Array(examples.classes.indices)
        let (train, validation) = (every.filter { $0 % 5 != 4 }, every.filter { $0 % 5 == 4 })
        func pick(_ indices: [Int]) -> Examples {
            Examples(features: examples.features.selecting(indices), classes: indices.map { examples.classes[$0] })
        }
        return TrainingSet(
            labels: Golden.labels(classes), train: pick(train), validation: pick(validation),
            test: Examples(features: FeatureMatrix(columns: examples.features.columns), classes: []),
            groups: Array(0..<examples.count), views: (0..<views).map { _ in pick(train).features })
    }

    private func fit(_ set: TrainingSet, width: Int = 2, seed: UInt64 = 0) async throws -> Head {
        try await AutoRecipe(pool: WorkerPool(name: "test", width: width), seed: seed).fit(set) { _ in }.head
    }

    /// The same numbers to the last bit, however many workers share the fits.
    @Test func isDeterministic() async throws {
        let set = split(Golden.examples(rows: 60, columns: 12, classes: 4), classes: 4, views: 2)
        let first = try await fit(set, width: 1, seed: 3)
        let second = try await fit(set, width: 4, seed: 3)
        #expect(first == second)
    }

    @Test func learns() async throws {
        let examples = Golden.examples(rows: 90, columns: 12, classes: 3)
        let head = try await fit(split(examples, classes: 3))
        let evaluation = Evaluation(head, on: Golden.examples(rows: 60, columns: 12, classes: 3))
        #expect(evaluation.metrics.accuracy > 0.95)
    }

    /// What is told of the candidates is what they said of the held-out photos, and the one that is fitted is among them.
    @Test func tellsWhatWasTried() async throws {
        let counts = Mutex<[(JobProgress.Unit, Int, Int)]>([])
        let set = split(Golden.examples(rows: 60, columns: 12, classes: 4), classes: 4)
        let fitted = try await AutoRecipe(pool: WorkerPool(name: "test", width: 2), seed: 0).fit(
            set, progress: { unit, done, total in counts.withLock { $0.append((unit, done, total)) } }
        ) { _ in }
        let (selection, held) = (try #require(fitted.selection), try #require(fitted.heldOut))
        #expect(selection.photos == 60 && selection.folds == 5 && selection.candidates.count == 12)
        #expect(selection.candidates.map(\.loss) == selection.candidates.map(\.loss).sorted())
        #expect(selection.candidates.filter(\.isChosen) == [selection.chosen])
        let (best, chosen) = (selection.candidates[0], selection.chosen)
        #expect(best.excess == 0 && selection.candidates.allSatisfy { abs($0.loss - best.loss - $0.excess) < 1e-5 })
        #expect(chosen.excess <= chosen.standardError && chosen.transform == fitted.head.transform)
        #expect(abs(chosen.loss - held.losses.reduce(0, +) / 60) < 1e-4)
        #expect(abs(chosen.accuracy - held.answers.accuracy) < 1e-9)
        #expect(fitted.notes[0].contains("12 candidates by 5-fold"))
        let told = counts.withLock(\.self)
        #expect(told.count == 11 && told.allSatisfy { $0.0 == .fits && $0.2 == selection.fits })
        #expect(told.map(\.1) == (0...10).map { $0 * selection.fits / 10 })
    }

    /// Sets that leave little to choose by: a result all the same, and nothing that is not a number.
    @Test(arguments: [
        ("two photos", [0, 1]), ("one photo in a class", [0, 0, 0, 1]), ("two in each", [0, 0, 1, 1, 2, 2]),
        ("one against many", [Int](repeating: 0, count: 40) + [1]), ("500 classes of two", (0..<1000).map { $0 / 2 }),
    ])
    func survivesTinySets(_ name: String, _ classes: [Int]) async throws {
        let features = FeatureMatrix(classes.indices.map { [Float($0 % 7), Float(classes[$0]), 1] })
        let none = Examples(features: FeatureMatrix(columns: 3), classes: [])
        let set = TrainingSet(
            labels: Golden.labels((classes.max() ?? 0) + 1), train: Examples(features: features, classes: classes),
            validation: none, test: none, groups: Array(classes.indices), views: [])
        let head = try await fit(set)
        #expect(head.weights.allSatisfy(\.isFinite) && head.biases.allSatisfy(\.isFinite))
    }

    /// With one photo a class nothing can be held out, and nobody knows how sure the answers may sound.
    @Test func onePhotoAClass() async throws {
        let features = FeatureMatrix((0..<6).map { index in (0..<20).map { Float($0 == index ? 1 : 0) } })
        let none = Examples(features: FeatureMatrix(columns: 20), classes: [])
        let set = TrainingSet(
            labels: Golden.labels(6), train: Examples(features: features, classes: Array(0..<6)),
            validation: none, test: none, groups: Array(0..<6), views: [])
        let fitted = try await AutoRecipe(pool: WorkerPool(name: "test", width: 2), seed: 0).fit(set) { _ in }
        #expect(Evaluation(fitted.head, on: set.train).metrics.accuracy == 1)
        #expect(fitted.notes[0].contains("nothing could be held out") && fitted.selection == nil)
    }

    /// One class of two among large ones: still five folds, each fit on four fifths.
    @Test func aSmallClassCostsTheOthersNothing() async throws {
        let examples = Golden.examples(rows: 90, columns: 12, classes: 3)
        let kept = examples.classes.indices.filter { examples.classes[$0] != 2 || $0 < 6 }
        let set = split(examples.selecting(kept), classes: 3)
        let fitted = try await AutoRecipe(pool: WorkerPool(name: "test", width: 2), seed: 0).fit(set) { _ in }
        #expect(fitted.notes[0].contains("5-fold"))
    }

    // Where no penalty moves the fit there is one step 0 all the same, and not one of each.
    @Test func numbersEachStepOnce() async throws {
        let features = FeatureMatrix((0..<20).map { _ in [Float](repeating: 1, count: 30) })
        let set = split(Examples(features: features, classes: (0..<20).map { $0 % 2 }), classes: 2)
        let numbers = Mutex<[Int]>([])
        _ = try await AutoRecipe(pool: WorkerPool(name: "test", width: 2), seed: 0).fit(set) { step in
            numbers.withLock { $0.append(step.number) }
        }
        #expect(numbers.withLock { $0 == Array(0..<$0.count) })
    }

    /// All photos the same, or all black: every class is equally likely.
    @Test(arguments: [Float(0), 1])
    func survivesEqualPhotos(_ value: Float) async throws {
        let features = FeatureMatrix((0..<20).map { _ in [Float](repeating: value, count: 30) })
        let head = try await fit(
            split(Examples(features: features, classes: (0..<20).map { $0 % 2 }), classes: 2))
        let probabilities = head.probabilities(features)
        #expect(probabilities.allSatisfy { abs($0 - 0.5) < 0.2 })
    }
}

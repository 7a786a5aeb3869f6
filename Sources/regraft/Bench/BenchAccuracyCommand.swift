import ArgumentParser
import Domain
import Foundation
import Training
import Workers

/// Accuracy on photos the fit never saw, over the whole folder and several seeds.
struct BenchAccuracyCommand: Measurement {
    static let configuration = CommandConfiguration(
        commandName: "accuracy",
        abstract:
            "Cross-validated accuracy of a recipe: once a seed each photo is tested, by a head that never saw it.")

    @OptionGroup var photos: PhotoOptions

    @Option(name: .customLong("recipe"), help: "auto or retrain.")
    var recipe = TrainingOptions.Recipe.auto

    @Option(name: .customLong("seeds"), help: "How many times the photos are dealt into folds.")
    var seeds = 3

    @Option(name: .customLong("folds"), help: "At most as many as half of the classes have photos.")
    var folds = 10

    func validate() throws {
        guard (1...1000).contains(seeds), (2...100).contains(folds) else {
            throw ValidationError("--seeds must be 1 to 1000 and --folds 2 to 100.")
        }
    }

    func measure(_ pool: WorkerPool) async throws {
        let (collection, folds) = (try await photos.extract(pool), folds)
        let validation = try await pool.run { _ in
            HeldOut(labels: collection.labels, photos: collection.photos, folds: folds)
        }
        var accuracies: [Double] = []
        for seed in 0..<UInt64(seeds) {
            var confusion: [(truth: Int, isRight: Bool)] = []
            for fold in 0..<validation.foldCount(seed: seed) {
                let set = try await pool.run { _ in validation.trainingSet(testing: fold, seed: seed) }
                let head = try await recipe.fit(set, seed: seed, pool)
                let evaluation = try await pool.run { _ in Evaluation(head, on: set.test) }
                let wrong = Set(evaluation.mistakes.map(\.index))
                confusion += set.test.classes.enumerated().map { ($1, !wrong.contains($0)) }
            }
            guard !confusion.isEmpty else {
                throw RegraftError(
                    "nothing_to_test",
                    "No class has two photos that do not look alike, so no photo can be tested by a head that knows its "
                        + "class and not the photo.")
            }
            let right = confusion.count(where: \.isRight)
            let accuracy = Double(right) / Double(confusion.count)
            accuracies.append(accuracy)
            let interval = ConfidenceInterval(successes: right, of: confusion.count)
            Console.say(
                String(
                    format: "seed %d: %.2f %% of %d photos right (95 %% interval %.1f to %.1f)", Int(seed),
                    accuracy * 100, confusion.count, interval.lower * 100, interval.upper * 100))
        }
        let mean = accuracies.reduce(0, +) / Double(accuracies.count)
        let spread = accuracies.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(max(accuracies.count - 1, 1))
        Console.say(
            String(
                format: "%@, recipe %@, fit %@: %.2f %% ± %.2f (mean and standard deviation over %d seeds)",
                photos.backbone.architecture, recipe.rawValue, photos.backbone.fit.rawValue, mean * 100,
                spread.squareRoot() * 100,
                accuracies.count))
    }
}

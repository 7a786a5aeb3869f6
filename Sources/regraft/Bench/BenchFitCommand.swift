import ArgumentParser
import Domain
import Foundation
import Jobs
import Training
import Workers

/// Seconds that fitting a head takes, once the bottlenecks are there.
struct BenchFitCommand: Measurement {
    static let configuration = CommandConfiguration(
        commandName: "fit", abstract: "Seconds from bottlenecks to a head, everything that a recipe tries included.")

    @OptionGroup var photos: PhotoOptions

    @Option(name: .customLong("recipe"), help: "auto or retrain.")
    var recipe = TrainingOptions.Recipe.auto

    @OptionGroup var rounds: RoundOptions

    @Option(
        name: .customLong("write-arrays"),
        help: "A folder for what the fit is given, as features.npy and classes.npy, to time others on it.")
    var arrays: String?

    func measure(_ pool: WorkerPool) async throws {
        let collection = try await photos.extract(pool)
        let (labels, photos) = (collection.labels, collection.photos)
        let set = try await pool.run { _ in
            TrainingSet(
                labels: labels, photos: photos,
                plan: SplitPlan(photos, validationPercentage: 10, testingPercentage: 10, poll: {}))
        }
        if let arrays { try await pool.run { _ in try NumPyFile.write(set.fittedOn, to: arrays) } }
        var options = TrainingOptions()
        options.recipe = recipe
        var times: [Double] = []
        for round in 1...rounds.rounds {
            let start = ContinuousClock.now
            let fitted = try await HeadFit(options, pool: pool).run(set) { _ in }
            times.append((ContinuousClock.now - start) / .seconds(1))
            if round == 1 { fitted.notes.forEach { Console.say($0) } }
            Console.say(String(format: "round %d: %.2f s", round, times.last ?? 0))
        }
        Console.say(
            String(
                format: "median: %.2f s for %d photos of %d classes, recipe %@", times.median,
                set.train.count + set.validation.count, labels.count, recipe.rawValue))
    }
}

extension TrainingSet {
    /// All that a recipe may use.
    fileprivate var fittedOn: Examples {
        var rows = train
        for index in validation.classes.indices { rows.features.append(validation.features[index]) }
        rows.classes += validation.classes
        return rows
    }
}

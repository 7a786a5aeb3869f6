import ArgumentParser
import Domain
import Foundation
import Jobs
import Training
import Workers

/// Seconds that fitting a head takes, once the bottlenecks are there.
struct BenchFitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit", abstract: "Seconds from bottlenecks to a head, everything that a recipe tries included.")

    @Argument(help: "A folder with one subfolder of photos a class.")
    var folder: String

    @Option(name: .customLong("recipe"), help: "auto or retrain.")
    var recipe = TrainingOptions.Recipe.auto

    @Option(name: .customLong("rounds"), help: "The median counts.")
    var rounds = 3

    @Option(
        name: .customLong("write-arrays"),
        help: "A folder for what the fit is given, as features.npy and classes.npy, to time others on it.")
    var arrays: String?

    @OptionGroup var backbone: BackboneOptions

    func validate() throws {
        guard (1...100).contains(rounds) else { throw ValidationError("--rounds must be 1 to 100.") }
    }

    func run() async throws {
        let command = self
        try await Interruption.run { try await command.measure() }
    }

    private func measure() async throws {
        let pool = WorkerPool(name: "bench", width: Installation.workerCount)
        let collection = try await LabelledPhotos.extract(folder, backbone, pool)
        let (labels, photos) = (collection.labels, collection.photos)
        let set = try await pool.run { _ in
            TrainingSet(
                labels: labels, photos: photos,
                plan: SplitPlan(photos, validationPercentage: 10, testingPercentage: 10, poll: {}))
        }
        if let arrays { try await pool.run { _ in try write(set, to: URL(fileURLWithPath: arrays)) } }
        var options = TrainingOptions()
        options.recipe = recipe
        var times: [Double] = []
        for round in 1...rounds {
            let start = ContinuousClock.now
            let fitted = try await HeadFit(options, pool: pool).run(set) { _ in }
            times.append((ContinuousClock.now - start) / .seconds(1))
            if round == 1 { fitted.notes.forEach { Console.say($0) } }
            Console.say(String(format: "round %d: %.2f s", round, times.last ?? 0))
        }
        Console.say(
            String(
                format: "median: %.2f s for %d photos of %d classes, recipe %@", times.sorted()[times.count / 2],
                set.train.count + set.validation.count, labels.count, recipe.rawValue))
    }

    private func write(_ set: TrainingSet, to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var rows = set.train
        for index in set.validation.classes.indices { rows.features.append(set.validation.features[index]) }
        rows.classes += set.validation.classes
        try NumPyFile.floats(rows.features.values, rows: rows.count, columns: rows.features.columns)
            .write(to: folder.appendingPathComponent("features.npy"))
        try NumPyFile.integers(rows.classes).write(to: folder.appendingPathComponent("classes.npy"))
    }
}

import ArgumentParser
import Domain
import Foundation
import Jobs
import Training
import Workers

/// How many wrong labels an analysis finds, where it is known which are wrong.
struct BenchAnalysisCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analysis",
        abstract: "Makes some labels wrong, and measures how many of these come first in the list of label errors.")

    @Argument(help: "A folder with one subfolder of photos a class, whose labels are right.")
    var folder: String

    @Option(name: .customLong("share"), help: "Percent of the labels that are made wrong.")
    var share = 5

    @Option(name: .customLong("rounds"), help: "Each with a seed of its own.")
    var rounds = 5

    @OptionGroup var backbone: BackboneOptions

    func validate() throws {
        guard (1...50).contains(share) else { throw ValidationError("--share must be 1 to 50.") }
        guard (1...100).contains(rounds) else { throw ValidationError("--rounds must be 1 to 100.") }
    }

    func run() async throws {
        let command = self
        try await Interruption.run { try await command.measure() }
    }

    private func measure() async throws {
        let pool = WorkerPool(name: "bench", width: Installation.workerCount)
        let collection = try await LabelledPhotos.extract(folder, backbone, pool)
        var table = TextTable(header: [
            "seed", "planted", "in the first 10 %", "marked likely", "of these planted", "planted marked",
            "their label named",
        ])
        var shares: [Double] = []
        for seed in 0..<UInt64(rounds) {
            let errors = PlantedErrors(
                in: collection.photos, share: Double(share) / 100, classCount: collection.labels.count, seed: seed)
            let analysis = try await PhotoAnalysis(
                errors.photos, labels: collection.labels, pool: pool)
            shares.append(errors.found(in: analysis.ranking, first: 0.1))
            let likely = analysis.findings.filter { $0.kind == .labelError && $0.isLikely }.map { $0.photos[0] }
            let hits = likely.count { errors.planted.contains($0) }
            table.add([
                "\(seed)", "\(errors.planted.count)", Words.percent(shares.last ?? 0), "\(likely.count)",
                Words.percent(Double(hits) / Double(max(likely.count, 1))),
                Words.percent(Double(hits) / Double(max(errors.planted.count, 1))),
                Words.percent(Double(errors.mended(by: analysis.opinions)) / Double(max(errors.planted.count, 1))),
            ])
        }
        for line in table.lines { Console.say(line) }
        Console.say(
            "mean of the planted in the first 10 %: \(Words.percent(shares.reduce(0, +) / Double(shares.count)))")
    }

}

import ArgumentParser

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures speed and accuracy on your own photos.",
        subcommands: [
            BenchExtractCommand.self, BenchAccuracyCommand.self, BenchFitCommand.self, BenchFeaturesCommand.self,
            BenchHeadsCommand.self, BenchAnalysisCommand.self,
            BenchUnknownCommand.self,
        ])
}

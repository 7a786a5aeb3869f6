import ArgumentParser

@main
struct Regraft: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "regraft",
        abstract: "Retrains the last layer of a pretrained network on your photos.",
        discussion: """
            Exit codes: 0 done; 1 failed, with a sentence saying why; 3 done, but some photos could not be used; \
            64 wrong usage; 130 stopped by Ctrl-C; 143 by SIGTERM.
            """,
        version: "0.1.0",
        subcommands: [
            ServeCommand.self, HealthCheckCommand.self, RetrainCommand.self, AnalyzeCommand.self,
            LabelImageCommand.self,
            BackbonesCommand.self,
            BenchCommand.self,
        ])
}

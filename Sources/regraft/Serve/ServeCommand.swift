import ArgumentParser
import Domain
import Glibc
import Settings

/// The product: datasets, training and classification over HTTP.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves datasets, training and classification over HTTP.",
        discussion: """
            Settings come from a YAML file, over it the environment (REGRAFT_SERVER_PORT), over that flags. \
            config/regraft.yaml lists all of them. Ctrl-C or SIGTERM finishes what is being answered and stops.
            """)

    @OptionGroup var options: ServerOptions

    @Flag(name: .customLong("print-config"), help: "Print every setting with its value and where it is from, and exit.")
    var printsConfig = false

    func run() async throws {
        let settings = try options.settings()
        if printsConfig {
            Console.say(settings.describe())
            return
        }
        signal(SIGPIPE, SIG_IGN)
        do {
            try settings.checkAccess()
            try await ServerApplication(settings).run()
        } catch let error as RegraftError {
            Console.warn("Error: \(error)")
            throw ExitCode.failure
        } catch let error as SettingsError {
            Console.warn("Error: \(error)")
            throw ExitCode.failure
        }
    }
}

import ArgumentParser
import Foundation
import Settings

/// Where a server's settings come from.
struct ServerOptions: ParsableArguments {
    @Option(name: .customLong("config"), help: "A YAML file with settings.")
    var config: String?

    @Option(name: .customLong("data"), help: "The folder for datasets, models and the catalog. (default: data)")
    var data: String?

    @Option(name: .customLong("host"), help: "The address to listen on. (default: 127.0.0.1)")
    var host: String?

    @Option(name: .customLong("port"), help: "The port; 0: the system chooses. (default: 8080)")
    var port: String?

    @Option(name: .customLong("set"), help: ArgumentHelp("Any other setting.", valueName: "key=value"))
    var assignments: [String] = []

    func validate() throws {
        guard let port, Int(port).map((0...65_535).contains) != true else { return }
        throw ValidationError("--port must be a number from 0 to 65535; it is '\(Console.printable(port))'.")
    }

    /// Says what is wrong with them, and throws `ExitCode.failure`.
    func settings() throws -> ServerSettings {
        var flags: [String: String] = [:]
        for assignment in assignments {
            let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw ValidationError(
                    "--set takes key=value, as in --set limits.connections=1000; it is '\(assignment)'.")
            }
            flags[parts[0]] = parts[1]
        }
        for (key, value) in [("data.directory", data), ("server.host", host), ("server.port", port)] {
            if let value { flags[key] = value }
        }
        do throws(SettingsError) {
            return try ServerSettings.load(
                file: config.map { URL(fileURLWithPath: $0) }, environment: ProcessInfo.processInfo.environment,
                flags: flags)
        } catch {
            Console.warn("Error: \(error)")
            throw ExitCode.failure
        }
    }
}

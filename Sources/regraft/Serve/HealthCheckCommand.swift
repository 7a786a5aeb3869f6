import ArgumentParser
import HTTP

/// For containers, whose images have no curl.
struct HealthCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "healthcheck",
        abstract: "Asks a server on this machine whether it is ready.",
        discussion: """
            Reads the settings that the server reads, asks for /readyz, and says what it was told. \
            The exit code is 0 where the server is ready, 1 where it is not or cannot be reached.
            """)

    @OptionGroup var options: ServerOptions

    @Option(name: .customLong("timeout"), help: "Seconds to wait for the answer.")
    var timeout = 4.0

    func validate() throws {
        guard timeout > 0, timeout <= 3600 else { throw ValidationError("--timeout must be above 0, to 3600.") }
    }

    func run() async throws {
        let server = try options.settings().server
        guard server.port != 0 || !server.unixSocket.isEmpty else {
            throw ValidationError("With port 0 nobody knows where the server listens; name its port with --port.")
        }
        guard let address = server.address else {
            throw ValidationError("server.host '\(server.host)' is no IP address.")
        }
        do {
            let answer = try HealthProbe.ask(address, path: "/readyz", timeout: .seconds(timeout))
            Console.say("\(address): \(answer.status) \(Console.printable(answer.text))")
            guard answer.status == 200 else { throw ExitCode.failure }
        } catch let error as SocketError {
            Console.warn("Error: \(error)")
            throw ExitCode.failure
        }
    }
}

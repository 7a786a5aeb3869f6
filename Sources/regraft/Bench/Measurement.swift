import ArgumentParser
import Workers

/// A subcommand of `regraft bench`: it is given a pool of workers, and Ctrl-C ends it.
protocol Measurement: AsyncParsableCommand, Sendable {
    func measure(_ pool: WorkerPool) async throws
}

extension Measurement {
    func run() async throws {
        let command = self
        try await Interruption.run {
            try await command.measure(WorkerPool(name: "bench", width: Installation.workerCount))
        }
    }
}

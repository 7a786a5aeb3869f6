import ArgumentParser
import Dispatch
import Domain
import Glibc
import Synchronization

/// Runs a command so that Ctrl-C (SIGINT) and SIGTERM cancel it, and an error is one sentence and an exit code.
enum Interruption {
    static func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        // Whoever reads our output may stop before we do (`regraft retrain | head`): that ends no training.
        signal(SIGPIPE, SIG_IGN)
        let received = Atomic<Int32>(0)
        do {
            try await withInterruptibleTask(body) { received.store($0, ordering: .relaxed) }
        } catch let code as ExitCode {
            throw code
        } catch is CancellationError {
            Console.warn("Stopped.")
            throw ExitCode(interruptedBy: received.load(ordering: .relaxed))
        } catch let error as RegraftError {
            Console.warn("Error: \(error)")
            throw ExitCode.failure
        } catch {
            let signal = received.load(ordering: .relaxed)
            if signal != 0 { throw ExitCode(interruptedBy: signal) }
            throw error
        }
    }

    private static func withInterruptibleTask(
        _ body: @escaping @Sendable () async throws -> Void, whenInterrupted: @escaping @Sendable (Int32) -> Void
    ) async throws {
        let task = Task { try await body() }
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)  // a signal source only sees what the default action does not take
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                whenInterrupted(number)
                task.cancel()
                signal(number, SIG_DFL)  // a second Ctrl-C ends the process at once
            }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        try await task.value
    }
}

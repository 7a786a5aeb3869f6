import Foundation
import Jobs
import Logging
import ServiceLifecycle
import Serving
import Settings
import Storage

/// What goes on beside requests and jobs: loading the models at start, removing what nobody needs.
struct Upkeep: Service {
    let parts: ServerApplication.Parts
    let storage: DataFolder
    let settings: ServerSettings
    let logs: JobLogs
    let log: Logger

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            do { try await loadAliases() } catch is CancellationError { return }
            parts.api.readiness.begin()
            await attempt("what nobody needs could not be looked for") { _ = try await storage.sweeper.sweepOrphans() }
            await attempt("old bottlenecks could not be looked for") {
                _ = try await storage.sweeper.sweepBottlenecks()
            }
            var round = 0
            while !Task.isCancelled {
                // Soon, so that who deletes something to make room has it.
                await attempt("what nobody needs could not be removed") { _ = try await storage.sweeper.sweep() }
                await storage.refillReserve()
                if round % Self.roundsBetweenDrops == 0 {
                    await attempt("old events could not be removed", dropEvents)
                    await attempt("old logs could not be removed", dropLogs)
                }
                round += 1
                try? await Task.sleep(for: .seconds(2))
            }
        }
    }

    /// An hour: it looks at every job there has been, and nobody waits for it.
    private static let roundsBetweenDrops = 1800

    private func dropEvents() async throws {
        let retention = settings.training.eventRetention / .seconds(1)
        try await storage.catalog.dropEvents(ofJobsFinishedBefore: Date.now.addingTimeInterval(-retention))
    }

    /// Also where none are written any more.
    private func dropLogs() async throws {
        let retention = settings.tensorboard.retention / .seconds(1)
        let removed = try await logs.prune(
            storage.catalog, finishedBefore: Date.now.addingTimeInterval(-retention),
            atMost: settings.tensorboard.maximumBytes)
        if !removed.isEmpty { log.info("logs were removed", metadata: ["jobs": .stringConvertible(removed.count)]) }
    }

    private func attempt(_ failure: Logger.Message, _ body: () async throws -> Void) async {
        do { try await body() } catch is CancellationError {} catch {
            log.warning(failure, metadata: ["error": "\(error)"])
        }
    }

    private func loadAliases() async throws {
        let restoration = AliasRestoration(
            catalog: storage.catalog, loader: parts.api.loader, registry: parts.api.registry)
        for outcome in try await restoration.run() {
            let alias = outcome.alias
            let names: Logger.Metadata = ["model": "\(alias.model)", "alias": "\(alias.alias)"]
            for (version, error) in outcome.failures {
                log.error(
                    "a model's version cannot be used",
                    metadata: names.merging(["version": .stringConvertible(version), "error": "\(error)"]) { first, _ in
                        first
                    })
            }
            guard outcome.answering != alias.version else { continue }
            log.error(
                outcome.answering == nil
                    ? "an alias answers nobody, because no version that it has named can be used"
                    : "an alias answers by an earlier version, because its own cannot be used",
                metadata: names.merging(
                    ["version": .stringConvertible(alias.version)].merging(
                        outcome.answering.map { ["instead": .stringConvertible($0)] } ?? [:]
                    ) { first, _ in first }
                ) { first, _ in first })
        }
    }
}

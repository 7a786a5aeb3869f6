import Domain
import Foundation
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
    let log: Logger

    func run() async throws {
        try await loadAliases()
        parts.api.readiness.set(obstacle: nil)
        await cancelWhenGracefulShutdown {
            await attempt("what nobody needs could not be looked for") { _ = try await storage.sweeper.sweepOrphans() }
            var round = 0
            while !Task.isCancelled {
                // Soon, so that who deletes something to make room has it.
                await attempt("what nobody needs could not be removed") { _ = try await storage.sweeper.sweep() }
                if round % 15 == 0 { await attempt("old events could not be removed", dropEvents) }
                round += 1
                try? await Task.sleep(for: .seconds(2))
            }
        }
    }

    private func dropEvents() async throws {
        let retention = settings.training.eventRetention / .seconds(1)
        try await storage.catalog.dropEvents(ofJobsFinishedBefore: Date.now.addingTimeInterval(-retention))
    }

    private func attempt(_ failure: Logger.Message, _ body: () async throws -> Void) async {
        do { try await body() } catch is CancellationError {} catch {
            log.warning(failure, metadata: ["error": "\(error)"])
        }
    }

    /// A version whose head is damaged falls back to the one that the alias named before.
    private func loadAliases() async throws {
        for alias in try await storage.catalog.aliases() {
            let history = try await storage.catalog.history(of: alias.alias, model: alias.model, limit: 10)
            var tried: Set<Int> = []
            for candidate in history where tried.insert(candidate.version).inserted {
                do {
                    guard let version = try await storage.catalog.version(candidate.version, of: alias.model) else {
                        continue
                    }
                    let model = try await parts.api.loader.load(version)
                    parts.api.registry.serve(model, as: alias)
                    if candidate.version != alias.version {
                        log.error(
                            "an alias answers by an earlier version, because its own cannot be used",
                            metadata: [
                                "model": "\(alias.model)", "alias": "\(alias.alias)", "version": "\(alias.version)",
                                "instead": "\(candidate.version)",
                            ])
                    }
                    break
                } catch let error as RegraftError {
                    log.error(
                        "a model's version cannot be used",
                        metadata: [
                            "model": "\(alias.model)", "version": "\(candidate.version)", "error": "\(error)",
                        ])
                }
            }
        }
    }
}

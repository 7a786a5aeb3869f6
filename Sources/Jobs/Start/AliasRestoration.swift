public import Domain
import Foundation
public import Serving
public import Storage

/// Lets the aliases answer again when a server starts.
///
/// One whose version cannot be used falls back to the version that it named before, so that one damaged file does not take
/// an answer from anybody. The catalog is left as it is: what the alias names is for people to change.
public struct AliasRestoration: Sendable {
    /// What has become of an alias.
    public struct Outcome: Sendable {
        public let alias: ModelAlias
        /// The version that answers; nil where none can.
        public let answering: Int?
        /// Versions that were tried before it.
        public let failures: [(version: Int, error: any Error)]
    }

    private let catalog: any ModelCatalog
    private let loader: ModelLoader
    private let registry: ModelRegistry
    /// Moves of an alias that are looked back on.
    private static let reach = 100

    public init(catalog: any ModelCatalog, loader: ModelLoader, registry: ModelRegistry) {
        self.catalog = catalog
        self.loader = loader
        self.registry = registry
    }

    /// Those go first whose model has the newest version: requests that name no model are answered by the newest that answers,
    /// and while it is not loaded yet they should be told so, rather than be answered by an older one.
    /// - Returns: by model and alias.
    /// - Throws: what the catalog throws; `CancellationError`. No head, whatever is wrong with it, keeps the others from
    ///   answering.
    public func run() async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for alias in try await newestFirst() {
            if let outcome = try await restore(alias) { outcomes.append(outcome) }
        }
        return outcomes.sorted { ($0.alias.model, $0.alias.alias) < ($1.alias.model, $1.alias.alias) }
    }

    private func newestFirst() async throws -> [ModelAlias] {
        var found: [(alias: ModelAlias, publishedAt: Date)] = []
        for alias in try await catalog.aliases() {
            found.append((alias, try await catalog.newestVersion(of: alias.model)?.createdAt ?? .distantPast))
        }
        func rank(_ alias: ModelAlias) -> Int { alias.alias == .latest ? 1 : 0 }
        // Of two models that were made at the same time, the later name, as for `ServedAliases`.
        return found.sorted {
            (rank($0.alias), $0.publishedAt, $0.alias.model) > (rank($1.alias), $1.publishedAt, $1.alias.model)
        }.map(\.alias)
    }

    /// - Returns: nil where somebody has moved or removed the alias meanwhile: what follows from that is done.
    private func restore(_ alias: ModelAlias) async throws -> Outcome? {
        let history = try await catalog.history(of: alias.alias, model: alias.model, limit: Self.reach)
        var tried: Set<Int> = []
        var failures: [(version: Int, error: any Error)] = []
        for number in history.map(\.version) where tried.insert(number).inserted {
            // Deleted since the alias has left it.
            guard let version = try await catalog.version(number, of: alias.model) else { continue }
            let model: ServedModel
            do { model = try await loader.load(version) } catch {
                try Task.checkCancellation()
                failures.append((number, error))
                continue
            }
            let isServed = try await settle(alias) {
                // Deleted while it was loaded; another one may have its number.
                guard try await catalog.version(number, of: alias.model) == version else { return false }
                let newest = try await catalog.newestVersion(of: alias.model)
                registry.serve(model, as: alias, publishedAt: newest?.createdAt)
                return true
            }
            guard let isServed else { return nil }
            if isServed { return Outcome(alias: alias, answering: number, failures: failures) }
        }
        let reason = failures.map { "version \($0.version): \(Self.text($0.error))" }.joined(separator: " ")
        let isRefused: Void? = try await settle(alias) { registry.refuse(alias, because: reason) }
        return isRefused.map { Outcome(alias: alias, answering: nil, failures: failures) }
    }

    /// Requests and jobs are served while models are loaded, so the alias is looked at again in one step with what comes of it.
    private func settle<Value>(_ alias: ModelAlias, _ body: () async throws -> Value) async throws -> Value? {
        try await registry.exclusively {
            guard try await catalog.alias(alias.alias, of: alias.model) == alias else { return nil }
            return try await body()
        }
    }

    private static func text(_ error: any Error) -> String { (error as? RegraftError)?.message ?? "\(error)" }
}

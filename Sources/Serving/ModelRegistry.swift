public import Domain
import Synchronization

/// The models that answer right now, by their aliases. A promotion is an exchange of one pointer; requests that hold the old
/// model keep it until they are done. Safe to call from any thread; never blocks for long.
public final class ModelRegistry: Sendable {
    private struct Served {
        let alias: ModelAlias
        let model: ServedModel
    }

    private struct State {
        var aliases: [ResourceName: [ResourceName: Served]] = [:]
        /// Versions that were asked for by number, the last used last.
        var recent: [(key: VersionKey, model: ServedModel)] = []
    }

    private struct VersionKey: Equatable {
        let model: ResourceName
        let number: Int
    }

    private let state = Mutex(State())
    private let recentLimit: Int

    /// - Parameter recentLimit: versions without an alias that are kept loaded.
    public init(recentLimit: Int = 64) { self.recentLimit = recentLimit }

    /// Lets an alias answer by a model, unless it has been moved on since.
    public func serve(_ model: ServedModel, as alias: ModelAlias) {
        state.withLock { state in
            let known = state.aliases[alias.model]?[alias.alias]
            guard known?.alias.generation ?? 0 <= alias.generation else { return }
            state.aliases[alias.model, default: [:]][alias.alias] = Served(alias: alias, model: model)
        }
    }

    public func remove(_ alias: ResourceName, of model: ResourceName) {
        state.withLock { $0.aliases[model]?[alias] = nil }
    }

    public func remove(_ model: ResourceName) {
        state.withLock { state in
            state.aliases[model] = nil
            state.recent.removeAll { $0.key.model == model }
        }
    }

    public func remove(version number: Int, of model: ResourceName) {
        state.withLock { state in state.recent.removeAll { $0.key == VersionKey(model: model, number: number) } }
    }

    public func model(_ model: ResourceName, alias: ResourceName) -> ServedModel? {
        state.withLock { $0.aliases[model]?[alias]?.model }
    }

    /// A version that is loaded already, under whatever name.
    public func model(_ model: ResourceName, version number: Int) -> ServedModel? {
        state.withLock { state in
            if let served = state.aliases[model]?.values.first(where: { $0.model.version.number == number }) {
                return served.model
            }
            let key = VersionKey(model: model, number: number)
            guard let index = state.recent.firstIndex(where: { $0.key == key }) else { return nil }
            let found = state.recent.remove(at: index)
            state.recent.append(found)
            return found.model
        }
    }

    /// Keeps a version that was asked for by number.
    public func remember(_ model: ServedModel) {
        state.withLock { state in
            let key = VersionKey(model: model.version.model, number: model.version.number)
            state.recent.removeAll { $0.key == key }
            state.recent.append((key, model))
            if state.recent.count > recentLimit { state.recent.removeFirst() }
        }
    }

    /// The model whose alias `latest` was moved last: what answers when none is named.
    public var newest: ServedModel? {
        state.withLock { state in
            state.aliases.values.compactMap { $0[.latest] }
                .max { ($0.alias.movedAt, $0.alias.model) < ($1.alias.movedAt, $1.alias.model) }?.model
        }
    }

    /// How many aliases answer.
    public var count: Int { state.withLock { state in state.aliases.values.reduce(0) { $0 + $1.count } } }
}

extension ResourceName {
    public static var latest: ResourceName { ModelAlias.latest }
}

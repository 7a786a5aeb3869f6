import Domain
import Foundation

/// Which model answers for which alias, and which of them when none is named.
struct ServedAliases {
    private enum Entry {
        case served(ModelAlias, ServedModel)
        case refused(String)
    }

    struct Newest {
        let publishedAt: Date
        let model: ServedModel

        /// Of two that were made at the same time, the later name.
        func isAtLeast(_ other: Newest) -> Bool {
            (publishedAt, model.version.model) >= (other.publishedAt, other.model.version.model)
        }
    }

    private var entries: [ResourceName: [ResourceName: Entry]] = [:]
    /// When the newest version of each model was made.
    private var publications: [ResourceName: Date] = [:]
    private(set) var count = 0
    private(set) var refusedCount = 0
    /// Kept up to date rather than looked for: it is asked for by each request that names no model.
    private(set) var newest: Newest?

    // MARK: Changes

    mutating func serve(_ model: ServedModel, as alias: ModelAlias, publishedAt: Date?) {
        if case .served(let known, _)? = entries[alias.model]?[alias.alias], known.generation > alias.generation {
            return
        }
        set(.served(alias, model), alias.model, alias.alias)
        note(
            publicationOf: alias.model,
            at: max(publishedAt ?? publications[alias.model] ?? .distantPast, model.version.createdAt))
    }

    mutating func refuse(_ alias: ModelAlias, because reason: String) {
        set(.refused(reason), alias.model, alias.alias)
        if alias.alias == .latest, newest?.model.version.model == alias.model { findNewest() }
    }

    /// The last time that is told counts: a newest version may be deleted.
    mutating func note(publicationOf model: ResourceName, at time: Date) {
        let isEarlier = publications[model].map { time < $0 } ?? false
        publications[model] = time
        guard let candidate = candidate(model) else { return }
        if isEarlier, newest?.model.version.model == model { return findNewest() }
        if newest.map({ $0.model.version.model == model || candidate.isAtLeast($0) }) ?? true { newest = candidate }
    }

    mutating func remove(_ alias: ResourceName, of model: ResourceName) {
        set(nil, model, alias)
        if alias == .latest, newest?.model.version.model == model { findNewest() }
    }

    mutating func remove(_ model: ResourceName) {
        for alias in (entries[model] ?? [:]).keys { set(nil, model, alias) }
        entries[model] = nil
        publications[model] = nil
        if newest?.model.version.model == model { findNewest() }
    }

    private mutating func set(_ entry: Entry?, _ model: ResourceName, _ alias: ResourceName) {
        func change(_ entry: Entry?, by step: Int) {
            switch entry {
            case .served?: count += step
            case .refused?: refusedCount += step
            case nil: break
            }
        }
        change(entries[model]?[alias], by: -1)
        entries[model, default: [:]][alias] = entry
        change(entry, by: 1)
    }

    private mutating func findNewest() {
        newest = entries.keys.compactMap(candidate).max { !$0.isAtLeast($1) }
    }

    private func candidate(_ model: ResourceName) -> Newest? {
        guard let served = self.model(model, alias: .latest) else { return nil }
        return Newest(publishedAt: publications[model] ?? served.version.createdAt, model: served)
    }

    // MARK: Questions

    func model(_ model: ResourceName, alias: ResourceName) -> ServedModel? {
        guard case .served(_, let served)? = entries[model]?[alias] else { return nil }
        return served
    }

    func obstacle(_ model: ResourceName, alias: ResourceName) -> String? {
        guard case .refused(let reason)? = entries[model]?[alias] else { return nil }
        return reason
    }

    func model(_ model: ResourceName, version number: Int) -> ServedModel? {
        for case .served(_, let served) in (entries[model] ?? [:]).values where served.version.number == number {
            return served
        }
        return nil
    }

    func aliases(of model: ResourceName, answeredBy number: Int) -> [ResourceName] {
        (entries[model] ?? [:]).keys.filter { self.model(model, alias: $0)?.version.number == number }.sorted()
    }
}

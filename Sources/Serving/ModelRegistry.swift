public import Domain
public import Foundation
import Synchronization

/// The models that answer right now, by their aliases. A promotion is an exchange of one pointer; requests that hold the old
/// model keep it until they are done. Safe to call from any thread; never blocks for long.
///
/// It follows the catalog, so whoever changes both does so inside `exclusively`: two changes would otherwise come to the one in
/// another order than to the other, and a model that was deleted meanwhile would answer again.
public final class ModelRegistry: Sendable {
    private let state = Mutex(ServedAliases())
    private let recent: RecentModels
    private let changes = OneAtATime()

    /// - Parameter recentLimit: versions without an alias that are kept loaded.
    public init(recentLimit: Int = 64) { recent = RecentModels(limit: recentLimit) }

    /// Makes a change of the catalog and what follows from it here one step, which nobody else's comes between. Brief: what
    /// takes long, as loading a head and trying it, comes before. Not to be called inside itself.
    public func exclusively<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        try await changes.run(body)
    }

    // MARK: Changes

    /// Lets an alias answer by a model, unless it has been moved on since.
    /// - Parameter publishedAt: when the newest version of the model was made, whatever the alias names; by default what was told
    ///   of it last, or when this one was.
    public func serve(_ model: ServedModel, as alias: ModelAlias, publishedAt: Date? = nil) {
        state.withLock { $0.serve(model, as: alias, publishedAt: publishedAt) }
    }

    /// Notes that an alias answers nobody.
    /// - Parameter reason: a sentence for a person.
    public func refuse(_ alias: ModelAlias, because reason: String) {
        state.withLock { $0.refuse(alias, because: reason) }
    }

    /// Notes when the newest version of a model was made, of which no alias has been moved.
    public func note(publicationOf model: ResourceName, at time: Date) {
        state.withLock { $0.note(publicationOf: model, at: time) }
    }

    public func remove(_ alias: ResourceName, of model: ResourceName) {
        state.withLock { $0.remove(alias, of: model) }
    }

    public func remove(_ model: ResourceName) {
        state.withLock { $0.remove(model) }
        recent.remove(model)
    }

    public func remove(version number: Int, of model: ResourceName) { recent.remove(number, of: model) }

    /// Keeps a version that was asked for by number.
    public func remember(_ model: ServedModel) { recent.add(model) }

    // MARK: Questions

    public func model(_ model: ResourceName, alias: ResourceName) -> ServedModel? {
        state.withLock { $0.model(model, alias: alias) }
    }

    /// A version that is loaded already, under whatever name.
    public func model(_ model: ResourceName, version number: Int) -> ServedModel? {
        state.withLock { $0.model(model, version: number) } ?? recent.model(model, version: number)
    }

    /// Aliases of a model that answer by this version, also those that name another one, which is damaged.
    public func aliases(of model: ResourceName, answeredBy number: Int) -> [ResourceName] {
        state.withLock { $0.aliases(of: model, answeredBy: number) }
    }

    /// Of the models whose `latest` answers, the one whose newest version was made last: what answers when none is named. A
    /// rollback makes no version, so it does not change which model that is.
    public var newest: ServedModel? { state.withLock { $0.newest?.model } }

    /// Why an alias answers nobody, in a sentence; nil where it does, or is not known.
    public func obstacle(_ model: ResourceName, alias: ResourceName) -> String? {
        state.withLock { $0.obstacle(model, alias: alias) }
    }

    /// How many aliases answer.
    public var count: Int { state.withLock { $0.count } }

    /// How many aliases answer nobody, because no version that they have named can be used.
    public var refusedCount: Int { state.withLock { $0.refusedCount } }
}

extension ResourceName {
    public static var latest: ResourceName { ModelAlias.latest }
}

import Domain
import Foundation
import Synchronization

/// The catalog as plain values in memory, for tests: what it holds is gone with it.
///
/// A version is the list of its photos, as people think of it, where `SQLiteCatalog` keeps what changed. So where the two agree
/// on the same calls, it is not because they share a mistake.
public final class InMemoryCatalog: Catalog {
    private let state = Mutex(CatalogState())

    public init() {}

    /// All or nothing: what a call has changed is kept only when it comes to its end.
    func transact<Value: Sendable>(_ body: (inout CatalogState) throws -> Value) throws -> Value {
        try state.withLock { state in
            var changed = state
            let value = try body(&changed)
            state = changed
            return value
        }
    }
}

/// All that a catalog holds.
struct CatalogState {
    var datasets: [ResourceName: DatasetRecord] = [:]
    /// In the order in which they came.
    var jobs: [JobRecord] = []
    var models: [ResourceName: ModelRecord] = [:]
    var garbage: Set<PhotoDigest> = []
    var answers: [RememberedAnswer] = []
    var imagesSoFar: Int64 = 0
    var datasetsSoFar = 0
}

extension Date {
    /// As any catalog gives it back.
    var inMilliseconds: Date { Date(stored: stored) }
}

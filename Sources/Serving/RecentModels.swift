import Domain
import Synchronization

/// Versions that were asked for by number, as many as are kept loaded. Any thread may call.
final class RecentModels: Sendable {
    /// The last used last.
    private let models = Mutex<[ServedModel]>([])
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func model(_ model: ResourceName, version number: Int) -> ServedModel? {
        models.withLock { models in
            guard let index = models.firstIndex(where: { $0.version.isNumber(number, of: model) }) else { return nil }
            let found = models.remove(at: index)
            models.append(found)
            return found
        }
    }

    func add(_ model: ServedModel) {
        models.withLock { models in
            models.removeAll { $0.version.isNumber(model.version.number, of: model.version.model) }
            models.append(model)
            if models.count > limit { models.removeFirst() }
        }
    }

    func remove(_ number: Int, of model: ResourceName) {
        models.withLock { models in models.removeAll { $0.version.isNumber(number, of: model) } }
    }

    func remove(_ model: ResourceName) {
        models.withLock { models in models.removeAll { $0.version.model == model } }
    }
}

extension ModelVersion {
    fileprivate func isNumber(_ number: Int, of model: ResourceName) -> Bool {
        self.number == number && self.model == model
    }
}

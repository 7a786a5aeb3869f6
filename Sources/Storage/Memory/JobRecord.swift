import Domain
import Foundation

struct JobRecord {
    var job: Job
    /// The blob that an ingest still needs.
    var archive: PhotoDigest?
    var lease: (token: String, until: Date)?
    var events: [JobEvent] = []

    func hasRunOut(at time: Date) -> Bool { lease.map { $0.until < time.inMilliseconds } ?? false }
}

/// What came of a request that may be sent again.
struct RememberedAnswer {
    enum Result {
        case job(JobID)
        case images(dataset: Int, version: Int, [Int64])
        case changes(dataset: Int, version: Int, ChangedImages.Counts)
        /// Of a model, and when it was made, by which it is told from one that was made later under the same name.
        case version(Int, at: Date)
    }

    let key: IdempotencyKey
    let result: Result
    let at: Date

    func isOf(_ other: IdempotencyKey) -> Bool {
        key.key.utf8.elementsEqual(other.key.utf8) && key.scope.utf8.elementsEqual(other.scope.utf8)
    }
}

extension CatalogState {
    func answer(to key: IdempotencyKey?, at time: Date) throws -> RememberedAnswer.Result? {
        guard let key, let known = answers.first(where: { $0.isOf(key) && !$0.isOver(at: time) }) else { return nil }
        guard known.key.fingerprint == key.fingerprint else { throw CatalogErrors.reused(key) }
        return known.result
    }

    mutating func remember(_ result: RememberedAnswer.Result, for key: IdempotencyKey?, at time: Date) {
        guard let key else { return }
        answers.removeAll { $0.isOver(at: time) || $0.isOf(key) }
        answers.append(RememberedAnswer(key: key, result: result, at: time.inMilliseconds))
    }
}

extension RememberedAnswer {
    fileprivate func isOver(at time: Date) -> Bool {
        at < time.addingTimeInterval(-IdempotencyKey.lifetime).inMilliseconds
    }
}

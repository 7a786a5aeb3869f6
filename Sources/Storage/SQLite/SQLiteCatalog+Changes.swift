public import Domain
public import Foundation
import GRDB

extension SQLiteCatalog {
    public func change(
        _ changes: [ImageChange], of name: ResourceName, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> ChangedImages {
        let makesRoom = changes.allSatisfy { $0.action == .delete }
        let body: @Sendable (Database) throws -> ChangedImages = { database in
            if let replayed = try Self.replayedChange(idempotency, in: name, at: time, database) { return replayed }
            let id = try Self.datasetID(name, database)
            let plan = try ImageChangePlan(changes) { image in
                guard let found = try Self.currentImage(image, dataset: id, database) else {
                    throw CatalogErrors.unknownImage(image, of: name)
                }
                return found
            }
            let changed = try Self.carryOut(plan, dataset: id, name: name, at: time, database)
            try Self.remember(
                idempotency,
                result: StoredJSON.encode(
                    StoredChange(dataset: id, version: changed.version.number, counts: changed.counts)),
                at: time, database)
            return changed
        }
        return try await makesRoom ? delete(body) : write(body)
    }

    private static func carryOut(
        _ plan: ImageChangePlan, dataset id: Int64, name: ResourceName, at time: Date, _ database: Database
    ) throws -> ChangedImages {
        guard !plan.leaving.isEmpty else {
            let current = try Int.fetchOne(database, sql: "SELECT current FROM dataset WHERE id = ?", arguments: [id])
            return ChangedImages(
                version: try version(current ?? 1, dataset: id, name: name, database), counts: ChangedImages.Counts())
        }
        let number = try beginVersion(
            dataset: id, name: name, state: .ready, origin: plan.origin, job: nil, at: time, database)
        for image in plan.leaving { try remove(image, dataset: id, version: number, database) }
        var counts = ChangedImages.Counts()
        counts.deleted = plan.deletedCount
        for (imageID, image) in plan.returning {
            if try known(image, dataset: id, database) != nil {
                counts.merged += 1
            } else {
                _ = try insert(image, id: imageID, dataset: id, version: number, database)
                counts.relabelled += 1
            }
        }
        let version = try makeCurrent(
            number, dataset: id, name: name, change: -(counts.deleted + counts.merged), database)
        return ChangedImages(version: version, counts: counts)
    }

    /// What came of the same request, unless the dataset has been deleted since.
    private static func replayedChange(
        _ key: IdempotencyKey?, in name: ResourceName, at time: Date, _ database: Database
    ) throws -> ChangedImages? {
        guard let result = try replay(key, at: time, database) else { return nil }
        let changed = try StoredJSON.decode(StoredChange.self, result)
        let id = try Int64.fetchOne(database, sql: "SELECT id FROM dataset WHERE name = ?", arguments: [name.text])
        guard id == changed.dataset else { return nil }
        return ChangedImages(
            version: try version(changed.version, dataset: changed.dataset, name: name, database),
            counts: changed.counts, isReplay: true)
    }

    private struct StoredChange: Codable {
        var dataset: Int64
        var version: Int
        var counts: ChangedImages.Counts
    }
}

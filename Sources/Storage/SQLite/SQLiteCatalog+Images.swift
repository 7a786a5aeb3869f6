public import Domain
public import Foundation
import GRDB

extension SQLiteCatalog {
    public func images(
        of dataset: ResourceName, version: Int, label: Label?, split: Split?, after id: Int64?, limit: Int
    ) async throws -> [DatasetImage] {
        try await read { database in
            let datasetID = try Self.readyVersion(version, of: dataset, database)
            return try Row.fetchAll(
                database, sql: Self.imagePage(hasLabel: label != nil, hasSplit: split != nil),
                arguments: [
                    "dataset": datasetID, "version": version, "label": label?.text, "split": split?.rawValue,
                    "id": id ?? 0, "limit": limit,
                ]
            ).map(Self.image)
        }
    }

    static func imagePage(hasLabel: Bool, hasSplit: Bool) -> String {
        """
        SELECT * FROM image
        WHERE dataset = :dataset AND id > :id AND added <= :version AND (removed IS NULL OR removed > :version)
            AND \(hasLabel ? "label = :label" : ":label IS NULL") AND \(hasSplit ? "split = :split" : ":split IS NULL")
        ORDER BY id LIMIT :limit
        """
    }

    public func trainingImages(of dataset: ResourceName, version: Int) async throws -> [DatasetImage] {
        try await read { database in
            let id = try Self.readyVersion(version, of: dataset, database)
            return try Row.fetchAll(
                database,
                sql: "SELECT * FROM image WHERE dataset = ? AND \(Self.isInVersion) ORDER BY label, path, digest",
                arguments: [id, version, version]
            ).map(Self.image)
        }
    }

    public func image(_ id: Int64, of dataset: ResourceName) async throws -> DatasetImage? {
        try await read { database in
            let datasetID = try Self.datasetID(dataset, database)
            // Its rows are as old as its labels. What is being ingested nobody sees yet.
            return try Row.fetchOne(
                database,
                sql: """
                    SELECT image.* FROM image JOIN dataset ON dataset.id = image.dataset
                    WHERE dataset = ? AND image.id = ? AND added <= current
                    ORDER BY added DESC, image.row DESC LIMIT 1
                    """, arguments: [datasetID, id]
            ).map(Self.image)
        }
    }

    public func add(
        _ images: [NewImage], to name: ResourceName, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> AddedImages {
        try await write { database in
            if let replayed = try Self.replayed(idempotency, in: name, at: time, database) {
                return AddedImages(version: replayed.version, images: replayed.images, isReplay: true)
            }
            let id = try Self.datasetIDOrNew(name, database, at: time)
            if let unchanged = try Self.unchanged(by: images, dataset: id, name: name, database) {
                try Self.remember(
                    idempotency,
                    result: StoredJSON.encode(
                        StoredAddition(
                            dataset: id, version: unchanged.version.number, images: unchanged.images.map(\.id))),
                    at: time, database)
                return AddedImages(version: unchanged.version, images: unchanged.images)
            }
            let number = try Self.beginVersion(
                dataset: id, name: name, state: .ready, origin: .images, job: nil, at: time, database)
            var (found, change): ([DatasetImage], Int) = ([], 0)
            for image in images {
                if let known = try Self.known(image, dataset: id, database) {
                    found.append(known)
                } else {
                    found.append(try Self.insert(image, dataset: id, version: number, database))
                    change += 1
                }
            }
            let version = try Self.makeCurrent(number, dataset: id, name: name, change: change, database)
            try Self.remember(
                idempotency,
                result: StoredJSON.encode(StoredAddition(dataset: id, version: number, images: found.map(\.id))),
                at: time, database)
            return AddedImages(version: version, images: found)
        }
    }

    /// The current version, where it has all of the photos already.
    private static func unchanged(
        by images: [NewImage], dataset id: Int64, name: ResourceName, _ database: Database
    ) throws -> (version: DatasetVersion, images: [DatasetImage])? {
        guard let current = try Int.fetchOne(database, sql: "SELECT current FROM dataset WHERE id = ?", arguments: [id])
        else { return nil }
        var found: [DatasetImage] = []
        for image in images {
            let row = try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT * FROM image
                        WHERE digest = ? AND dataset = ? AND label = ? AND removed IS NULL AND added <= ?
                        """), arguments: [image.digest.data, id, image.label.text, current])
            guard let row else { return nil }
            found.append(Self.image(row))
        }
        return (try version(current, dataset: id, name: name, database), found)
    }

    /// What came of the same request, unless the dataset has been deleted since: then it is to be done again.
    private static func replayed(_ key: IdempotencyKey?, in name: ResourceName, at time: Date, _ database: Database)
        throws
        -> (version: DatasetVersion, images: [DatasetImage])?
    {
        guard let result = try replay(key, at: time, database) else { return nil }
        let added = try StoredJSON.decode(StoredAddition.self, result)
        let id = try Int64.fetchOne(database, sql: "SELECT id FROM dataset WHERE name = ?", arguments: [name.text])
        guard id == added.dataset else { return nil }
        return (
            try version(added.version, dataset: added.dataset, name: name, database),
            try added.images.compactMap { try currentImage($0, dataset: added.dataset, database) }
        )
    }

    private struct StoredAddition: Codable {
        var dataset: Int64
        var version: Int
        var images: [Int64]
    }

    public func relabel(
        _ imageID: Int64, of name: ResourceName, as label: Label, at time: Date
    ) async throws -> (version: DatasetVersion, image: DatasetImage) {
        try await write { database in
            let (id, image) = try Self.required(imageID, of: name, database)
            if image.label == label {
                let current = try Int.fetchOne(
                    database, sql: "SELECT current FROM dataset WHERE id = ?", arguments: [id])
                return (try Self.version(current ?? 0, dataset: id, name: name, database), image)
            }
            let number = try Self.beginVersion(
                dataset: id, name: name, state: .ready, origin: .relabel, job: nil, at: time, database)
            try Self.remove(image, dataset: id, version: number, database)
            let renamed = NewImage(
                digest: image.digest, label: label, fileName: image.fileName, byteCount: image.byteCount)
            // It may be there under that label already: then this one is the second of the same and goes.
            let known = try Self.known(renamed, dataset: id, database)
            let new =
                try known ?? Self.insert(renamed, id: image.id, dataset: id, version: number, database)
            let version = try Self.makeCurrent(
                number, dataset: id, name: name, change: known == nil ? 0 : -1, database)
            return (version, new)
        }
    }

    public func removeImage(_ imageID: Int64, of name: ResourceName, at time: Date) async throws -> DatasetVersion {
        try await delete { database in
            let (id, image) = try Self.required(imageID, of: name, database)
            let number = try Self.beginVersion(
                dataset: id, name: name, state: .ready, origin: .removal, job: nil, at: time, database)
            try Self.remove(image, dataset: id, version: number, database)
            return try Self.makeCurrent(number, dataset: id, name: name, change: -1, database)
        }
    }

    public func recordSplits(_ splits: [Int64: Split], of name: ResourceName) async throws {
        try await write { try Self.record(splits, of: name, $0) }
    }

    static func record(_ splits: [Int64: Split], of name: ResourceName, _ database: Database) throws {
        let id = try datasetID(name, database)
        // Not those that are being ingested, which nobody has trained on.
        let current = try Int.fetchOne(database, sql: "SELECT current FROM dataset WHERE id = ?", arguments: [id])
        for (image, split) in splits {
            try database.cachedStatement(
                sql: "UPDATE image SET split = ? WHERE dataset = ? AND id = ? AND removed IS NULL AND added <= ?"
            ).execute(arguments: [split.rawValue, id, image, current])
        }
    }

    // MARK: Rows

    private static func image(_ row: Row) -> DatasetImage {
        DatasetImage(
            id: row["id"], digest: row.digest("digest"), label: Label(trusted: row["label"]), path: row["path"],
            byteCount: row["bytes"], version: row["added"],
            split: (row["split"] as String?).flatMap(Split.init(rawValue:)))
    }

    static func currentImage(_ id: Int64, dataset: Int64, _ database: Database) throws -> DatasetImage? {
        try Row.fetchOne(
            database,
            sql: """
                SELECT image.* FROM image JOIN dataset ON dataset.id = image.dataset
                WHERE dataset = ? AND image.id = ? AND added <= current AND (removed IS NULL OR removed > current)
                """, arguments: [dataset, id]
        ).map(image)
    }

    private static func required(_ id: Int64, of name: ResourceName, _ database: Database) throws -> (
        Int64, DatasetImage
    ) {
        let dataset = try datasetID(name, database)
        guard let image = try currentImage(id, dataset: dataset, database) else {
            throw CatalogErrors.unknownImage(id, of: name)
        }
        return (dataset, image)
    }

    static let knownImage = "SELECT * FROM image WHERE digest = ? AND dataset = ? AND label = ? AND removed IS NULL"

    /// The same photo with the same label, in the newest version.
    static func known(_ image: NewImage, dataset: Int64, _ database: Database) throws -> DatasetImage? {
        try Row.fetchOne(
            database.cachedStatement(sql: knownImage),
            arguments: [image.digest.data, dataset, image.label.text]
        ).map(Self.image)
    }

    static func insert(
        _ image: NewImage, id: Int64? = nil, dataset: Int64, version: Int, _ database: Database
    ) throws -> DatasetImage {
        let id = try id ?? nextImageID(database)
        try database.cachedStatement(
            sql: "INSERT INTO image (id, dataset, digest, label, path, bytes, added) VALUES (?, ?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            id, dataset, image.digest.data, image.label.text, image.path, image.byteCount, version,
        ])
        return DatasetImage(
            id: id, digest: image.digest, label: image.label, path: image.path, byteCount: image.byteCount,
            version: version, split: nil)
    }

    private static func nextImageID(_ database: Database) throws -> Int64 {
        let id = try Int64.fetchOne(
            database.cachedStatement(sql: "UPDATE image_id SET next = next + 1 RETURNING next - 1"))
        guard let id else { throw RegraftError("catalog_unusable", "The catalog has lost count of its images.") }
        return id
    }

    static func remove(_ image: DatasetImage, dataset: Int64, version: Int, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE image SET removed = ? WHERE dataset = ? AND id = ? AND removed IS NULL",
            arguments: [version, dataset, image.id])
    }
}

package import Domain
import Foundation
import GRDB

extension SQLiteBottleneckCache: SweptCache {
    package func photos(after photo: PhotoDigest?, limit: Int) throws -> [PhotoDigest] {
        try database.read { database in
            try Row.fetchAll(
                database, sql: "SELECT DISTINCT photo FROM bottleneck WHERE photo > ? ORDER BY photo LIMIT ?",
                arguments: [photo?.data ?? Data(), limit]
            ).map { $0.digest("photo") }
        }
    }

    /// The file shrinks by the pages that come free (SQLite's incremental vacuum), some megabytes at a time so that nobody who
    /// stores bottlenecks waits for long; it is shorter on the disk after SQLite's next checkpoint.
    package func remove(_ photos: [PhotoDigest]) throws {
        guard !photos.isEmpty else { return }
        try database.write { database in
            for photo in photos {
                try database.cachedStatement(sql: "DELETE FROM bottleneck WHERE photo = ?").execute(
                    arguments: [photo.data])
            }
            // Steps through the pages; as a statement run once it would free a single one.
            _ = try Row.fetchAll(database, sql: "PRAGMA incremental_vacuum(\(Self.pagesAtOnce))")
        }
    }

    /// Of 4 KiB.
    private static let pagesAtOnce = 2048

    /// In bytes, once all that was written is in the file; for tests.
    package func settledSize() throws -> Int {
        try database.writeWithoutTransaction { database in
            _ = try database.checkpoint(.truncate)
            return try Int.fetchOne(
                database, sql: "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
                ?? 0
        }
    }
}

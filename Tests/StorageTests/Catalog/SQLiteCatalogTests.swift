import Domain
import Foundation
import GRDB
import TestSupport
import Testing

import Storage

struct SQLiteCatalogTests {
    // GRDB's pool sets 1 (NORMAL) as it opens, after which a power cut may take the last transactions.
    @Test func waitsForTheDisk() async throws {
        let folder = try TemporaryFolder()
        for _ in 0..<2 {
            let catalog = try SQLiteCatalog(folder: folder.url)
            #expect(try catalog.synchronousSetting() == 2)
            try await catalog.add([photo(1, "cat")])
            #expect(try catalog.synchronousSetting() == 2)
            try catalog.close()
        }
    }

    @Test func findsEverythingAgain() async throws {
        let folder = try TemporaryFolder()
        let first = try SQLiteCatalog(folder: folder.url)
        try await first.train(move: AliasMove(alias: latest, ifGeneration: 0))
        let lease = try await first.beginIngest(birds)
        try await first.ingest([photo(1, "caf\u{E9}"), photo(1, "cafe\u{301}")], refused: [], lease)
        try await first.append([event(1)], to: lease.job)
        let before = try await RandomCalls(first).everything()
        try first.close()
        // One file is all there is to copy.
        for suffix in ["-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: folder.url.path + "/catalog.sqlite\(suffix)")
        }
        let second = try SQLiteCatalog(folder: folder.url)
        #expect(try await RandomCalls(second).everything() == before)
        // The lease too, though at start whoever held it is gone.
        #expect(try await second.completeIngest(lease, at: at(1)).version.imageCount == 2)
    }

    // One that an earlier version of Regraft has made: files that were ignored then are not known to be.
    @Test func opensOneOfTheFirstSchema() async throws {
        let folder = try TemporaryFolder()
        let first = try SQLiteCatalog(folder: folder.url)
        let lease = try await first.beginIngest()
        try await first.ingest([photo(1, "cat")], refused: [], ignored: 3, lease)
        let made = try await first.completeIngest(lease, at: at(1)).version
        #expect(made.ignoredCount == 3)
        try await first.write { database in
            try database.execute(sql: "ALTER TABLE dataset_version DROP COLUMN ignored_count")
            try database.execute(sql: "DELETE FROM grdb_migrations WHERE identifier NOT LIKE '1:%'")
        }
        try first.close()
        let second = try SQLiteCatalog(folder: folder.url)
        let version = try #require(try await second.dataset(pets)?.current)
        #expect(version.ignoredCount == 0 && version.imageCount == 1 && version.createdAt == made.createdAt)
    }

    @Test(arguments: ["not a database", "newer", "damaged"])
    func refusesWhatItCannotUse(_ what: String) async throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent("catalog.sqlite")
        let catalog = try SQLiteCatalog(folder: folder.url)
        try await catalog.add((0..<2_000).map { photo($0, "cat") })
        if what == "newer" {
            try await catalog.write {
                try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99: from the future')")
            }
        }
        try catalog.close()
        var bytes = try Data(contentsOf: file)
        switch what {
        case "not a database": bytes = Data("not a database, and no catalog".utf8)
        // From the fourth page on: the tables' rows.
        case "damaged": for index in stride(from: 3 * 4096, to: bytes.count, by: 97) { bytes[index] ^= 0x5A }
        default: break
        }
        try bytes.write(to: file)
        let error = #expect(throws: RegraftError.self) { try SQLiteCatalog(folder: folder.url) }
        #expect(error?.code == "catalog_unusable")
        #expect(error?.message.contains(file.path) == true)
        // It is left for whoever mends it. GRDB makes and drops a table of its own in one that it can open.
        if what != "newer" { #expect(try Data(contentsOf: file) == bytes) }
    }
}

public import Domain
public import Foundation
import Crypto
import GRDB
import Glibc
import Synchronization

/// Bottlenecks in an SQLite file of their own, apart from everything that must not be lost. Several processes may use
/// one file at a time.
public final class SQLiteBottleneckCache: BottleneckCache {
    let database: DatabasePool
    private let contexts = Mutex<[Context: Int64]>([:])

    /// What a great many keys have in common, stored once.
    private struct Context: Hashable {
        let backbone: String
        let preprocessing: String
        let view: String

        init(_ key: BottleneckKey) {
            (backbone, preprocessing, view) = (key.backbone, key.preprocessing, key.view)
        }
    }

    /// Opens `bottlenecks.sqlite` in `folder`, making both where they are missing. A file that SQLite cannot read is put
    /// aside and replaced, since it only ever held what can be computed again.
    /// - Returns: the cache, and where the unreadable file went.
    /// - Throws: `RegraftError` when the folder cannot be written.
    public static func open(in folder: URL) throws -> (cache: SQLiteBottleneckCache, putAside: URL?) {
        let file = folder.appendingPathComponent("bottlenecks.sqlite")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            do {
                return (try SQLiteBottleneckCache(file: file), nil)
            } catch let error as DatabaseError where isDamage(error) {
                return try replace(file, in: folder)
            }
        } catch {
            throw RegraftError(
                "cache_unusable",
                "The bottleneck cache in \(folder.path) cannot be used. Check that the folder can be written and the "
                    + "disk is not full, or name another folder.", cause: error)
        }
    }

    /// Under a lock, so that of two processes that find the same damage the second does not put the first one's new file
    /// aside.
    private static func replace(_ file: URL, in folder: URL) throws -> (cache: SQLiteBottleneckCache, putAside: URL?) {
        let lock = Glibc.open(
            folder.appendingPathComponent(".bottlenecks.lock").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard lock >= 0 else { throw POSIXError.last }
        defer { Glibc.close(lock) }
        guard flock(lock, LOCK_EX) == 0 else { throw POSIXError.last }
        do { return (try SQLiteBottleneckCache(file: file), nil) } catch let error as DatabaseError
            where isDamage(error)
        {
            // The log first, or it would be taken for that of the file that comes after.
            for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
            let aside = folder.appendingPathComponent("bottlenecks.damaged-\(UUID().uuidString.prefix(8)).sqlite")
            try FileManager.default.moveItem(at: file, to: aside)
            return (try SQLiteBottleneckCache(file: file), aside)
        }
    }

    private static func isDamage(_ error: DatabaseError) -> Bool {
        [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode.primaryResultCode)
    }

    private init(file: URL) throws {
        var configuration = Configuration()
        configuration.label = "regraft.bottlenecks"
        configuration.busyMode = .timeout(10)
        // Only a new file takes it, before its first table. In an older one removed bottlenecks' pages are used again.
        configuration.prepareDatabase { database in
            // GRDB's readers cannot, and need not.
            guard !database.configuration.readonly else { return }
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
        }
        database = try DatabasePool(path: file.path, configuration: configuration)
        try Self.migrator.migrate(database)
        // The schema can be whole and the rest not; this reads the index, which is small, and not the vectors.
        try database.read { _ = try Row.fetchOne($0, sql: "SELECT count(*) FROM bottleneck") }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: bottlenecks by context") { database in
            try database.execute(
                sql: """
                    CREATE TABLE context (
                        id INTEGER PRIMARY KEY,
                        backbone TEXT NOT NULL,
                        preprocessing TEXT NOT NULL,
                        view TEXT NOT NULL,
                        UNIQUE (backbone, preprocessing, view)
                    );
                    CREATE TABLE bottleneck (
                        photo BLOB NOT NULL,
                        context INTEGER NOT NULL REFERENCES context (id),
                        appearance INTEGER NOT NULL,
                        features BLOB NOT NULL,  -- 32-bit floats, little-endian
                        PRIMARY KEY (photo, context)
                    );
                    """)
        }
        // What was kept without a checksum cannot be trusted, and can be computed again.
        migrator.registerMigration("2: checksums") { database in
            try database.execute(
                sql: """
                    DROP TABLE bottleneck;
                    CREATE TABLE bottleneck (
                        photo BLOB NOT NULL,
                        context INTEGER NOT NULL REFERENCES context (id),
                        appearance INTEGER NOT NULL,
                        features BLOB NOT NULL,  -- 32-bit floats, little-endian
                        checksum BLOB NOT NULL,  -- the first 8 bytes of the SHA-256 of features
                        PRIMARY KEY (photo, context)
                    );
                    """)
        }
        return migrator
    }

    /// Later calls throw.
    func close() throws { try database.close() }

    public func bottleneck(for key: BottleneckKey) throws -> Bottleneck? {
        try database.read { database in
            guard let context = try contextID(Context(key), in: database, isCommitted: true),
                let row = try Row.fetchOne(
                    database.cachedStatement(
                        sql: "SELECT appearance, features, checksum FROM bottleneck WHERE photo = ? AND context = ?"),
                    arguments: [Data(key.photo.bytes), context])
            else { return nil }
            // SQLite does not notice a changed bit in a value. A vector that is not what was stored is computed anew.
            let features = try row.withUnsafeData(atIndex: 1) { data -> [Float]? in
                guard let data, Self.checksum(data) == row[2] as Data? else { return nil }
                return [Float](littleEndianBytes: data)
            }
            guard let features else { return nil }
            return Bottleneck(features: features, appearance: UInt64(bitPattern: row[0]))
        }
    }

    public func store(_ bottlenecks: [(key: BottleneckKey, value: Bottleneck)]) throws {
        try database.write { database in
            for (key, value) in bottlenecks {
                let context =
                    try contextID(Context(key), in: database, isCommitted: false) ?? insert(Context(key), in: database)
                let features = value.features.littleEndianBytes
                try database.cachedStatement(
                    sql: """
                        INSERT INTO bottleneck (photo, context, appearance, features, checksum) VALUES (?, ?, ?, ?, ?)
                        ON CONFLICT DO UPDATE SET appearance = excluded.appearance, features = excluded.features,
                            checksum = excluded.checksum
                        """
                ).execute(arguments: [
                    Data(key.photo.bytes), context, Int64(bitPattern: value.appearance),
                    features, Self.checksum(features),
                ])
            }
        }
    }

    /// - Parameter isCommitted: whether what is seen will stay: a row written in a transaction that fails will not.
    private func contextID(_ context: Context, in database: Database, isCommitted: Bool) throws -> Int64? {
        if let known = contexts.withLock({ $0[context] }) { return known }
        let id = try Int64.fetchOne(
            database, sql: "SELECT id FROM context WHERE backbone = ? AND preprocessing = ? AND view = ?",
            arguments: [context.backbone, context.preprocessing, context.view])
        if let id, isCommitted { contexts.withLock { $0[context] = id } }
        return id
    }

    private static func checksum(_ features: Data) -> Data { Data(SHA256.hash(data: features).prefix(8)) }

    private func insert(_ context: Context, in database: Database) throws -> Int64 {
        try database.execute(
            sql: "INSERT INTO context (backbone, preprocessing, view) VALUES (?, ?, ?)",
            arguments: [context.backbone, context.preprocessing, context.view])
        return database.lastInsertedRowID
    }
}

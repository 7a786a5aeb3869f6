import Domain
public import Foundation
package import GRDB

/// The catalog as an SQLite file. Safe to call from any task; calls wait on GRDB's own queues, and block no thread of Swift's.
///
/// Write-ahead log with `synchronous=FULL`: what a call has returned survives a power cut.
public final class SQLiteCatalog: Catalog {
    let database: DatabasePool
    /// Room for deletions on a full disk.
    private let reserve: DiskReserve?

    /// Opens `catalog.sqlite`, making it where it is missing, and brings its schema up to date.
    /// - Throws: `RegraftError` (`catalog_unusable`) where it is damaged or was written by a newer Regraft. Unlike the
    ///   bottlenecks it is never replaced by an empty one.
    public convenience init(folder: URL) throws { try self.init(folder: folder, reserve: nil) }

    /// - Parameter reserve: released when a deletion finds the disk full.
    package init(folder: URL, reserve: DiskReserve?) throws {
        self.reserve = reserve
        let file = folder.appendingPathComponent("catalog.sqlite")
        var configuration = Configuration()
        configuration.label = "regraft.catalog"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(10)
        do {
            database = try DatabasePool(path: file.path, configuration: configuration)
            // The pool has set NORMAL, after which the last transactions may be gone after a power cut.
            try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try Self.check(database, file)
            try Self.migrator.migrate(database)
        } catch let error as RegraftError {
            throw error
        } catch {
            throw RegraftError(
                "catalog_unusable",
                "The catalog \(file.path) cannot be used. If it is damaged, put back a copy of it; what is in it cannot be "
                    + "computed again.", cause: error)
        }
    }

    /// Waits for the calls that are under way; later ones throw. Then all is in the one file, which can be copied.
    public func close() throws {
        // SQLite does this by itself only where the last connection to be closed may write, and GRDB's last one may not.
        do { try truncateLog() } catch  where StorageFailure.isDiskFull(error) {
            reserve?.release()
            // Where even that is not enough, all of it is in the log, which the next start reads.
            do { try truncateLog() } catch  where StorageFailure.isDiskFull(error) {}
        }
        try database.close()
    }

    private func truncateLog() throws {
        _ = try database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    }

    // Not GRDB's async calls: those give up when the caller's task is cancelled, and to say that a job has been cancelled
    // is the last thing that its task does.

    package func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            database.asyncRead { access in
                continuation.resume(with: Result { try body(access.get()) })
            }
        }
    }

    package func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            database.asyncWrite(body) { _, result in continuation.resume(with: result) }
        }
    }

    /// As `write`, for what makes room or ends something: where the disk is full, a second time with the reserve released.
    package func delete<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do { return try await write(body) } catch  where StorageFailure.isDiskFull(error) {
            // Also where it is gone already: another deletion may have made room since.
            reserve?.release()
            return try await write(body)
        }
    }

    private static func check(_ database: DatabasePool, _ file: URL) throws {
        let (isNewer, problems) = try database.read { database in
            (try migrator.hasBeenSuperseded(database), try String.fetchAll(database, sql: "PRAGMA quick_check(3)"))
        }
        guard !isNewer else {
            throw RegraftError(
                "catalog_unusable", "The catalog \(file.path) was written by a newer Regraft; use that one.")
        }
        guard problems == ["ok"] else {
            throw RegraftError(
                "catalog_unusable",
                "The catalog \(file.path) is damaged (\(problems.joined(separator: "; "))). Put back a copy of it.")
        }
    }

    /// What SQLite was told about waiting for the disk: 2 is FULL.
    package func synchronousSetting() throws -> Int? {
        try database.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
    }
}

extension Date {
    /// As the catalog keeps it: seconds since 1970. Milliseconds are what people see, and what two catalogs agree on.
    var stored: Double { (timeIntervalSince1970 * 1000).rounded() / 1000 }

    init(stored: Double) { self.init(timeIntervalSince1970: stored) }
}

extension Row {
    func date(_ column: String) -> Date? { (self[column] as Double?).map(Date.init(stored:)) }

    func digest(_ column: String) -> PhotoDigest { PhotoDigest(bytes: Array(self[column] as Data)) }
}

extension PhotoDigest {
    var data: Data { Data(bytes) }
}

/// Values that nobody searches by are kept as JSON.
enum StoredJSON {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A loss can overflow, and a rate be counted in no time; neither is a reason to lose a job.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode(type, from: Data(text.utf8))
    }
}

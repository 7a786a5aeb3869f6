import Domain
import Foundation
import GRDB
import GRDBSQLite
import Synchronization
import TestSupport
import Testing

import Storage

/// What each call really asks of SQLite, taken down as it runs, and how SQLite goes about it.
struct QueryPlanTests {
    private final class Statements: Sendable {
        private let all = Mutex<[String]>([])
        func note(_ text: String) { all.withLock { $0.append(text) } }
        func take() -> [String] {
            all.withLock { statements in
                defer { statements = [] }; return statements
            }
        }
    }

    private let folder: TemporaryFolder
    private let catalog: SQLiteCatalog
    private let statements = Statements()

    init() async throws {
        folder = try TemporaryFolder()
        catalog = try SQLiteCatalog(folder: folder.url)
        for number in 0..<4 { try await catalog.train(head: 7_000 + 10 * number) }
        try await catalog.add((0..<40).map { photo($0, "cat") })
        let statements = statements
        try await catalog.write { Self.trace($0, statements) }
        // Any of the pool's readers may serve a call; at one time, five reads have one each.
        let catalog = catalog
        try await withThrowingTaskGroup { group in
            for _ in 0..<5 {
                group.addTask {
                    try await catalog.read { database in
                        Self.trace(database, statements)
                        Thread.sleep(forTimeInterval: 0.1)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func trace(_ database: Database, _ statements: Statements) {
        database.trace { event in
            if case .statement(let statement) = event { statements.note(statement.expandedSQL) }
        }
    }

    private static func isOfOnePhoto(_ text: String) -> Bool {
        text.contains(" AND id = ") || text.contains("image.id = ")
    }

    /// Steps of the plans of what a call asks that read a whole table, sort, or go through a dataset for one photo.
    private func slowSteps(_ call: () async throws -> Void) async throws -> [String] {
        _ = statements.take()
        try await call()
        let asked = statements.take().filter { text in
            ["SELECT", "UPDATE", "DELETE", "INSERT"].contains { text.hasPrefix($0) }
        }
        #expect(!asked.isEmpty)
        return try await catalog.read { database in
            try asked.flatMap { text in
                try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN \(text)").map { $0["detail"] as String }
                    .filter {
                        $0.hasPrefix("SCAN") && !["SCAN CONSTANT ROW", "SCAN image_id"].contains($0)
                            || $0.contains("TEMP B-TREE")
                            || $0.contains("image_by_version")
                                && [" AND id = ", "image.id = "].contains { text.contains($0) }
                    }
                    .map { "\($0): \(text)" }
            }
        }
    }

    @Test func readsNoWholeTable() async throws {
        let calls: [(String, () async throws -> Void)] = [
            ("dataset", { _ = try await catalog.dataset(pets) }),
            ("images", { _ = try await catalog.digests(version: 2) }),
            ("images by label", { _ = try await catalog.digests(version: 2, label: "cat") }),
            ("add", { try await catalog.add([photo(1, "cat"), photo(99, "cat")]) }),
            (
                "add with key",
                {
                    _ = try await catalog.add([photo(98, "cat")], to: pets, idempotency: key("k"), at: at(0))
                }
            ),
            ("relabel", { _ = try await catalog.relabel(1, of: pets, as: Label("dog"), at: at(0)) }),
            ("remove", { _ = try await catalog.removeImage(2, of: pets, at: at(0)) }),
            ("splits", { try await catalog.recordSplits([3: .test], of: pets) }),
            ("image", { _ = try await catalog.image(3, of: pets) }),
            ("submit", { _ = try await catalog.submit(training(), priority: 0, idempotency: key("j"), at: at(0)) }),
            ("claim", { _ = try await catalog.claim(.train) }),
            (
                "ingest",
                {
                    let lease = try await catalog.beginIngest()
                    try await catalog.ingest([photo(1, "cat"), photo(200, "cat")], refused: [], lease)
                    try await catalog.restartIngest(lease)
                    try await catalog.ingest([photo(1, "cat"), photo(200, "cat")], refused: [], lease)
                    _ = try await catalog.completeIngest(lease, at: at(1))
                }
            ),
            ("job", { _ = try await catalog.job(JobID(text: "job_1")) }),
            ("jobs by state", { _ = try await catalog.jobs(JobFilter(state: .queued), before: nil, limit: 9) }),
            ("jobs by kind", { _ = try await catalog.jobs(JobFilter(kind: .train), before: nil, limit: 9) }),
            (
                "jobs by dataset",
                {
                    _ = try await catalog.jobs(JobFilter(dataset: pets), before: JobID(text: "job_1"), limit: 9)
                }
            ),
            ("jobs by model", { _ = try await catalog.jobs(JobFilter(model: pets), before: nil, limit: 9) }),
            (
                "events",
                {
                    let job = try await catalog.submit(training()).id
                    try await catalog.append([event(1)], to: job)
                    _ = try await catalog.events(of: job, after: 0, limit: 9)
                    _ = try await catalog.lastEvent(of: job)
                    _ = try await catalog.requestCancel(job, at: at(1))
                    try await catalog.deleteJob(job)
                }
            ),
            (
                "import",
                {
                    _ = try await catalog.add(
                        imported: importedDraft(), move: AliasMove(alias: name("other"), ifGeneration: 0),
                        idempotency: key("i"), at: at(1))
                }
            ),
            ("recover", { _ = try await catalog.recover(at: at(1)) }),
            ("referenced", { _ = try await catalog.referenced([digest(1), digest(7_000), digest(77)]) }),
            ("forget", { try await catalog.forgetGarbage([digest(1)]) }),
            (
                "alias",
                {
                    _ = try await catalog.moveAlias(latest, of: pets, to: 1, ifGeneration: nil, at: at(1))
                    _ = try await catalog.model(pets)
                    _ = try await catalog.history(of: latest, model: pets, limit: 9)
                }
            ),
        ]
        for (name, call) in calls {
            let steps = try await slowSteps(call)
            #expect(steps.isEmpty, "\(name): \(steps)")
        }
    }

    // The table itself is in the order of the list.
    @Test func listsAllJobsInTheirOrder() async throws {
        let steps = try await slowSteps { _ = try await catalog.jobs(JobFilter(), before: nil, limit: 9) }
        #expect(steps.allSatisfy { $0.hasPrefix("SCAN job: ") })
    }

    // One photo more costs the same, however many photos and versions there are: SQLite's own steps, counted.
    @Test func addsToManyAsToFew() async throws {
        var steps: [Int] = []
        for count in [100, 100_000] {
            let name = name("pets\(count)")
            try await catalog.add([photo(500_000, "cat")], to: name)
            try await catalog.write { database in
                let id = try Int64.fetchOne(
                    database, sql: "SELECT id FROM dataset WHERE name = ?", arguments: [name.text])
                try database.execute(
                    sql: """
                        WITH RECURSIVE number (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM number WHERE n <= :count)
                        INSERT INTO dataset_version (dataset, number, state, origin, created_at, image_count)
                            SELECT :id, n, 'ready', 'images', 0, n FROM number;
                        WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :count)
                        INSERT INTO image SELECT NULL, n + 1000000, :id, randomblob(32), 'cat', 'cat/' || n, 1, n, NULL, NULL
                        FROM number;
                        UPDATE dataset SET current = :count, next_version = :count + 2 WHERE id = :id;
                        INSERT INTO idempotency SELECT 's', :count || '.' || n, '', '', n + 1700000000 FROM
                            (WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :count)
                            SELECT n FROM number);
                        """, arguments: ["count": count, "id": id])
            }
            // The first fills the statement cache.
            for round in 0..<2 {
                let counted = try await stepsOfWriting {
                    _ = try await catalog.add(
                        [photo(600_000 + round, "cat")], to: name, idempotency: key("\(count) \(round)"), at: at(5))
                }
                if round == 1 { steps.append(counted) }
            }
        }
        #expect(steps[0] > 50)
        #expect(steps[1] <= steps[0] + 20, "\(steps)")
    }

    private func stepsOfWriting(_ body: () async throws -> Void) async throws -> Int {
        let counter = StepCounter()
        try await catalog.write { counter.start(on: $0) }
        try await body()
        try await catalog.write { counter.stop(on: $0) }
        return counter.steps
    }
}

/// Counts the instructions that one connection executes.
private final class StepCounter: Sendable {
    private let count = Mutex(0)
    var steps: Int { count.withLock { $0 } }

    func start(on database: Database) {
        sqlite3_progress_handler(
            database.sqliteConnection, 1,
            { context in
                Unmanaged<StepCounter>.fromOpaque(context!).takeUnretainedValue().count.withLock { $0 += 1 }
                return 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    func stop(on database: Database) { sqlite3_progress_handler(database.sqliteConnection, 0, nil, nil) }
}

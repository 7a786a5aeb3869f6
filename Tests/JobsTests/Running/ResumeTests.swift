import Domain
import Foundation
import Jobs
import Storage
import TestSupport
import Testing

@Suite("After a restart", .timeLimit(.minutes(2)))
struct ResumeTests {
    // Bottlenecks that were computed are not computed again, and being stopped costs no attempt.
    @Test func goesOnWhereItStopped() async throws {
        let folder = try TemporaryFolder()
        let first = try SQLiteCatalog(folder: folder.url)
        let cache = try SQLiteBottleneckCache.open(in: folder.url).cache
        let before = try Workplace(folder, catalog: first, bottlenecks: cache)
        try await before.addPhotos()
        let id = try await before.submitTraining { ($0.recipe, $0.steps) = (.retrain, 1_000_000_000) }
        try await before.running {
            try await before.until { (before.runner.numbers(of: id)?.0.unit == .steps) }
        }
        #expect(before.trainingRuns == 36)
        let waiting = try #require(try await first.job(id))
        #expect(waiting.state == .queued && waiting.attempt == 0)
        let told = try await before.events(of: id)
        #expect(told.last?.data == #"{"attempt":0,"state":"queued"}"#)
        // As after a kill: nothing more is written.
        try first.close()

        let second = try SQLiteCatalog(folder: folder.url)
        let after = try Workplace(folder, catalog: second, bottlenecks: cache)
        #expect(try await second.recover(at: .now).isEmpty)
        try await after.running {
            try await after.until { (after.runner.numbers(of: id)?.0.unit == .steps) }
            #expect(after.trainingRuns == 0)
            _ = try await after.service.cancel(id)
            #expect(try await after.end(of: id).state == .cancelled)
        }
        // The same events under the same numbers, and the others after them.
        let all = try await after.events(of: id)
        #expect(Array(all.prefix(told.count)) == told && all.map(\.sequence) == Array(1...all.count))
        #expect(try await second.events(of: id, after: 2, limit: 10_000) == Array(all.dropFirst(2)))
        try second.close()
    }
}

import Domain
import Foundation
import Jobs
import TestSupport
import Testing

@Suite("Curves", .timeLimit(.minutes(2)))
struct CurveTests {
    /// The steps whose points are kept.
    private func steps(_ count: Int, interval: Int) async throws -> [Int] {
        let workplace = try Workplace()
        try await workplace.addPhotos(4)
        let id = try await workplace.submitTraining { options in
            (options.recipe, options.steps, options.evaluationInterval) = (.retrain, count, interval)
            (options.trainBatchSize, options.validationBatchSize) = (1, 1)
        }
        #expect(try await workplace.running { try await workplace.end(of: id) }.state == .succeeded)
        let events = try await workplace.catalog.events(of: id, after: 0, limit: 100_000)
        return try events.filter { $0.kind == .metric }.map { event in
            try #require(event.data.firstMatch(of: /"step":([0-9]+)/).flatMap { Int($0.1) })
        }
    }

    // All where they are few, as the tutorial's 400 are; else as evenly spread as they were, and the last one.
    @Test(arguments: [(400, 10, 10), (3_000, 1, 1), (12_001, 1, 4), (12_000, 3, 3)])
    func keepAtMostSomeThousandPoints(_ count: Int, _ interval: Int, _ expected: Int) async throws {
        let kept = try await steps(count, interval: interval)
        var wanted = Array(stride(from: 0, to: count, by: expected))
        if wanted.last != count - 1 { wanted.append(count - 1) }
        #expect(kept == wanted)
    }
}

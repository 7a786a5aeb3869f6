import Domain
import Foundation
import Jobs
import Storage
import TestSupport
import Testing

/// One computation for all who ask the same, for as long as somebody wants it.
@Suite(.timeLimit(.minutes(2)))
struct DatasetAnalystTests {
    private func subject(_ workplace: Workplace, fit: FitMode = .crop) async throws -> AnalysisSubject {
        let version: DatasetVersion = try await workplace.catalog.requiredVersion(1, of: name("colours"))
        return AnalysisSubject(version, backbone: "stub", fit: fit)
    }

    @Test func keepsWhatWasFound() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos()
        let first = try await workplace.analyst.analysis(of: subject(workplace))
        #expect(first.images.count == 36 && first.labels.count == 3 && first.refusals.isEmpty)
        #expect(workplace.trainingRuns == 36)
        // From memory, and not from the cache of bottlenecks.
        workplace.cache.fail(with: RegraftError("test", "The cache fails."))
        let second = try await workplace.analyst.analysis(of: subject(workplace))
        #expect(second.analysis.findings == first.analysis.findings && workplace.trainingRuns == 36)
        // Another fit is another question.
        _ = try await workplace.analyst.analysis(of: subject(workplace, fit: .squash))
        #expect(workplace.trainingRuns == 72)
    }

    @Test func computesOnceForAllWhoAsk() async throws {
        let latch = Latch()
        let workplace = try Workplace { _, _ in latch.wait() }
        try await workplace.addPhotos()
        let asked = try await subject(workplace)
        let first = Task { try await workplace.analyst.analysis(of: asked) }
        try await workplace.until { latch.count > 0 }
        let second = Task { try await workplace.analyst.analysis(of: asked) }
        // One of the two goes; the other still gets its answer.
        first.cancel()
        latch.open()
        #expect(try await second.value.images.count == 36)
        #expect(workplace.trainingRuns == 36)
    }

    @Test func stopsWhenNobodyWaits() async throws {
        let latch = Latch()
        let workplace = try Workplace { _, _ in latch.wait() }
        try await workplace.addPhotos(100)
        let asked = try await subject(workplace)
        let only = Task { try await workplace.analyst.analysis(of: asked) }
        try await workplace.until { latch.count > 0 }
        only.cancel()
        // What was cancelled does not stand in the way of who asks anew.
        try await workplace.until { await workplace.analyst.isIdle }
        latch.open()
        await #expect(throws: CancellationError.self) { try await only.value }
        let before = workplace.trainingRuns
        #expect(before < 300)
        #expect(try await workplace.analyst.analysis(of: asked).images.count == 300)
    }

    // A photo whose bytes are gone is one that cannot be used, and no error.
    @Test func namesPhotosThatCannotBeRead() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos()
        let gone = NewImage(
            digest: PhotoDigest(bytes: [UInt8](repeating: 7, count: 32)), label: try Label("red"), fileName: "gone.png",
            byteCount: 1)
        let added = try await workplace.catalog.add([gone], to: name("colours"), idempotency: nil, at: .now)
        let found = try await workplace.analyst.analysis(
            of: AnalysisSubject(added.version, backbone: "stub", fit: .crop))
        #expect(found.images.count == 36 && found.refusals.map(\.path) == ["red/gone.png"])
    }

    @Test func extractsAFewAndNoMore() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos(200)
        let asked = try await subject(workplace)
        let code = await #expect(throws: RegraftError.self) { try await workplace.analyst.analysis(of: asked) }?.code
        #expect(code == "not_extracted" && workplace.trainingRuns == 0)
        // After a training all are in the cache.
        _ = try await workplace.running {
            try await workplace.end(of: workplace.submitTraining())
        }
        #expect(try await workplace.analyst.analysis(of: asked).images.count == 600)
    }
}

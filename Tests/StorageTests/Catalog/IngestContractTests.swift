import Domain
import Foundation
import Storage
import Testing

@Suite("Ingest", .timeLimit(.minutes(2)))
struct IngestContractTests {
    private let refused = (1...3).map { RefusedFile(path: "cat/bad\($0)\n", code: "damaged", reason: "no \($0)") }

    @Test(arguments: CatalogUnderTest.all)
    func isInvisibleUntilItIsComplete(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let job = try await catalog.submit(upload(), at: at(1))
        #expect(job.datasetVersion == 1 && job.state == .queued && job.kind == .ingest)
        let begun = try #require(try await catalog.dataset(pets))
        #expect(begun.current == nil && begun.ingesting?.number == 1 && begun.ingesting?.state == .ingesting)
        #expect(begun.ingesting?.job == job.id && begun.ingesting?.origin == .upload)
        let (_, lease) = try #require(try await catalog.claim(.ingest))
        try await catalog.ingest([photo(1, "cat"), photo(2, "dog")], refused: [refused[0]], lease)
        try await catalog.ingest([photo(1, "cat", file: "again.jpg"), photo(3, "cat")], refused: [refused[1]], lease)
        for body in [
            { _ = try await catalog.labels(of: pets, version: 1) },
            { _ = try await catalog.digests(version: 1) },
            { _ = try await catalog.trainingImages(of: pets, version: 1) },
            { _ = try await catalog.refusals(of: pets, version: 1, after: 0, limit: 9) },
            { _ = try await catalog.submit(training()) },
            { _ = try await catalog.submit(upload()) },
            { _ = try await catalog.add([photo(9, "cat")]) },
        ] as [() async throws -> Void] {
            #expect(await code(body) == "dataset_busy")
        }
        #expect(try await catalog.image(1, of: pets) == nil)
        #expect(try await catalog.dataset(pets)?.current == nil)

        let (version, done) = try await catalog.completeIngest(lease, at: at(7))
        #expect(version.imageCount == 3 && version.refusedCount == 3 && version.state == .ready)
        #expect(version.job == job.id && version.createdAt == at(1))
        #expect(done.state == .succeeded && done.finishedAt == at(7) && done.id == job.id)
        #expect(try await catalog.dataset(pets)?.current == version)
        #expect(try await catalog.dataset(pets)?.ingesting == nil)
        #expect(try await catalog.digests(version: 1) == [digest(1), digest(2), digest(3)])
        let report = try await catalog.refusals(of: pets, version: 1, after: 0, limit: 9)
        #expect(report.map(\.number) == [1, 2, 3])
        #expect(report.map(\.file.path) == ["cat/bad1\n", "cat/bad2\n", "cat/again.jpg"])
        #expect(report[0].file == refused[0] && report[2].file.code == "duplicate")
        #expect(try await catalog.refusals(of: pets, version: 1, after: 1, limit: 1) == [report[1]])
    }

    // Replaced and added to: what is the same keeps its id, its split and the version it came with.
    @Test(arguments: CatalogUnderTest.all, [IngestSpecification.Mode.replace, .add])
    func replacesOrAdds(_ kind: CatalogUnderTest, _ mode: IngestSpecification.Mode) async throws {
        let catalog = try kind.make()
        let before = try await catalog.add([photo(1, "cat"), photo(2, "cat"), photo(3, "cat"), photo(4, "dog")]).images
        try await catalog.recordSplits([before[0].id: .test], of: pets)
        let lease = try await catalog.beginIngest(mode: mode)
        try await catalog.ingest(
            [photo(1, "cat"), photo(2, "dog"), photo(3, "cat", file: "renamed.jpg"), photo(5, "cat")], refused: [],
            lease)
        // Until then nothing changes.
        #expect(try await catalog.digests(version: 1) == before.map(\.digest))
        #expect(try await catalog.image(before[3].id, of: pets) == before[3])
        #expect(
            await code { try await catalog.relabel(before[3].id, of: pets, as: Label("x"), at: at(0)) }
                == "dataset_busy")
        #expect(await code { try await catalog.removeImage(before[3].id, of: pets, at: at(0)) } == "dataset_busy")
        let version = try await catalog.completeIngest(lease, at: at(2)).version
        let after = try await catalog.trainingImages(of: pets, version: 2)
        let same = after.first { $0.path == "cat/1.jpg" }
        #expect(same?.id == before[0].id && same?.version == 1 && same?.split == .test)
        switch mode {
        case .replace:
            #expect(after.map(\.path) == ["cat/1.jpg", "cat/5.jpg", "cat/renamed.jpg", "dog/2.jpg"])
            #expect(version.imageCount == 4)
        case .add:
            // The renamed one is there already.
            #expect(
                after.map(\.path) == ["cat/1.jpg", "cat/2.jpg", "cat/3.jpg", "cat/5.jpg", "dog/2.jpg", "dog/4.jpg"])
            #expect(version.imageCount == 6 && after[2].id == before[2].id && after[5] == before[3])
        }
        #expect(try await catalog.trainingImages(of: pets, version: 1).map(\.id) == before.map(\.id))
        #expect(Set(after.map(\.id)).count == after.count)
    }

    @Test(arguments: CatalogUnderTest.all)
    func startsAgainFromNothing(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let lease = try await catalog.beginIngest()
        try await catalog.ingest([photo(1, "cat"), photo(2, "cat")], refused: refused, ignored: 7, lease)
        try await catalog.restartIngest(lease)
        try await catalog.ingest([photo(2, "cat")], refused: [refused[2]], ignored: 2, lease)
        try await catalog.ingest([], refused: [], ignored: 1, lease)
        let version = try await catalog.completeIngest(lease, at: at(1)).version
        #expect(version.imageCount == 1 && version.refusedCount == 1 && version.ignoredCount == 3)
        #expect(try await catalog.digests(version: 1) == [digest(2)])
        #expect(
            try await catalog.refusals(of: pets, version: 1, after: 0, limit: 9) == [
                Refusal(number: 1, file: refused[2])
            ])
    }

    enum End: CaseIterable { case failed, cancelled, cancelledInQueue, given }

    // However an ingest comes to nothing, nothing is left of it but a number and the report.
    @Test(arguments: CatalogUnderTest.all, End.allCases)
    func leavesNothing(_ kind: CatalogUnderTest, _ end: End) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        let job = try await catalog.submit(upload(archive: 50))
        var ended = job
        if end == .cancelledInQueue {
            ended = try await catalog.requestCancel(job.id, at: at(2)).job
        } else {
            let attempts = end == .given ? Job.attempts : 1
            for _ in 0..<attempts {
                let (_, lease) = try #require(try await catalog.claim(.ingest))
                try await catalog.ingest([photo(1, "cat"), photo(2, "cat")], refused: refused, lease)
                switch end {
                case .failed, .cancelledInQueue:
                    ended = try await catalog.finish(
                        lease, as: .failed, error: JobError(code: "c", message: "m"), at: at(2))
                case .cancelled: ended = try await catalog.finish(lease, as: .cancelled, error: nil, at: at(2))
                case .given:
                    ended = try await catalog.giveBack(
                        lease, countsAttempt: true, error: JobError(code: "c", message: "m"), at: at(2))
                }
                #expect(await code { try await catalog.ingest([], refused: [], lease) } == "lease_lost")
                #expect(await code { try await catalog.completeIngest(lease, at: at(3)) } == "lease_lost")
            }
        }
        let isFailure = end == .failed || end == .given
        #expect(ended.state == (isFailure ? .failed : .cancelled) && ended.finishedAt == at(2))
        #expect(ended.error == (isFailure ? JobError(code: "c", message: "m") : nil))
        let dataset = try #require(try await catalog.dataset(pets))
        #expect(dataset.current?.number == 1 && dataset.ingesting == nil)
        let versions: [DatasetVersion] = try await catalog.versions(of: pets, before: nil, limit: 1)
        let version = versions[0]
        #expect(version.number == 2 && version.state == .failed && version.imageCount == 0)
        let report = try await catalog.refusals(of: pets, version: 2, after: 0, limit: 99).map(\.file)
        #expect(report.count == version.refusedCount)
        #expect(Array(report.prefix(refused.count)) == (end == .cancelledInQueue ? [] : refused))
        #expect(await code { try await catalog.digests(version: 2) } == "unknown_version")
        let garbage = Set(try await catalog.garbage(limit: 99))
        #expect(garbage == (end == .cancelledInQueue ? [digest(50)] : [digest(1), digest(2), digest(50)]))
        #expect(try await catalog.referenced([digest(1), digest(2), digest(50)]) == [digest(1)])
        // The number is not used again, and the dataset can be.
        #expect(try await catalog.add([photo(2, "cat")]).version.number == 3)
        #expect(try await catalog.digests(version: 3) == [digest(1), digest(2)])
    }

    // A report of millions would outlive its photos for nothing.
    @Test(arguments: CatalogUnderTest.all)
    func keepsTheBeginningOfAFailedReport(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let lease = try await catalog.beginIngest()
        let many = (0..<1_200).map { RefusedFile(path: "\($0).txt", code: "c", reason: "r") }
        try await catalog.ingest([], refused: many, lease)
        #expect(await code { try await catalog.refusals(of: pets, version: 1, after: 0, limit: 9) } == "dataset_busy")
        _ = try await catalog.finish(lease, as: .failed, error: JobError(code: "c", message: "m"), at: at(2))
        let versions: [DatasetVersion] = try await catalog.versions(of: pets, before: nil, limit: 1)
        #expect(versions.first?.refusedCount == 1_200)
        let kept = try await catalog.refusals(of: pets, version: 1, after: 0, limit: 2_000)
        #expect(kept.map(\.file) == Array(many.prefix(1_000)))
    }

    // The right to train is none to ingest, and the other way round.
    @Test(arguments: CatalogUnderTest.all)
    func takesNoOtherJobsLease(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        let training = try await catalog.beginTraining()
        #expect(await code { try await catalog.ingest([photo(2, "cat")], refused: [], training) } == "lease_lost")
        #expect(await code { try await catalog.restartIngest(training) } == "lease_lost")
        #expect(await code { try await catalog.completeIngest(training, at: at(1)) } == "lease_lost")
        let ingest = try await catalog.beginIngest()
        #expect(await code { try await catalog.publish(draft(), ingest, move: nil, at: at(1)) } == "lease_lost")
        #expect(try await catalog.digests(version: 1) == [digest(1)])
        #expect(try await catalog.job(training.job)?.state == .running)
        #expect(try await catalog.job(ingest.job)?.state == .running)
    }
}

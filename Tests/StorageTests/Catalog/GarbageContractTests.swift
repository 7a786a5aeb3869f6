import Domain
import Foundation
import Storage
import Testing

@Suite("Garbage", .timeLimit(.minutes(2)))
struct GarbageContractTests {
    private func garbage(_ catalog: any Catalog) async throws -> Set<PhotoDigest> {
        Set(try await catalog.garbage(limit: 1_000))
    }

    // Each kind of need: a photo of any version, an archive, a head, an evaluation, a golden photo.
    @Test(arguments: CatalogUnderTest.all)
    func knowsWhatIsNeeded(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let all = [1, 2, 3, 50, 7_000, 7_001, 7_002].map(digest)
        #expect(try await catalog.referenced(all).isEmpty)
        try await catalog.train()
        #expect(try await catalog.referenced(all) == Set([1, 2, 7_000, 7_001, 7_002].map(digest)))
        // Old versions need what has been removed since.
        let first = try #require(
            try await catalog.images(of: pets, version: 1, label: nil, split: nil, after: nil, limit: 1).first)
        _ = try await catalog.removeImage(first.id, of: pets, at: at(1))
        #expect(try await catalog.referenced([digest(1)]) == [digest(1)])
        #expect(try await garbage(catalog).isEmpty)
        // What is being ingested, and what it is ingested from.
        let lease = try await catalog.beginIngest(birds, archive: 50)
        #expect(try await catalog.referenced(all).contains(digest(50)))
        try await catalog.ingest([photo(3, "cat")], refused: [], lease)
        #expect(try await catalog.referenced(all) == Set(all))
        _ = try await catalog.giveBack(lease, countsAttempt: true, error: nil, at: at(1))
        #expect(try await catalog.referenced([digest(3), digest(50)]) == [digest(50)])
        #expect(try await garbage(catalog) == [digest(3)])
        #expect(try await catalog.referenced([]) == [])
    }

    // Whatever lets go of a blob says so.
    @Test(arguments: CatalogUnderTest.all)
    func notesWhatMayBeOver(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let lease = try await catalog.beginIngest(archive: 50)
        try await catalog.ingest([photo(1, "cat"), photo(2, "cat"), photo(1, "dog")], refused: [], lease)
        try await catalog.restartIngest(lease)
        #expect(try await garbage(catalog) == [digest(1), digest(2)])
        try await catalog.ingest([photo(1, "cat")], refused: [], lease)
        _ = try await catalog.completeIngest(lease, at: at(1))
        #expect(try await garbage(catalog) == [digest(1), digest(2), digest(50)])
        #expect(try await catalog.referenced(try await catalog.garbage(limit: 9)) == [digest(1)])
        #expect(try await catalog.garbage(limit: 2).count == 2)
        try await catalog.forgetGarbage([digest(1), digest(2), digest(50), digest(51)])
        #expect(try await garbage(catalog).isEmpty)

        try await catalog.train(head: 7_000)
        try await catalog.train(head: 7_100)
        try await catalog.deleteVersion(1, of: pets)
        #expect(try await garbage(catalog) == Set([7_000, 7_001, 7_002].map(digest)))
        try await catalog.deleteModel(pets)
        #expect(try await garbage(catalog) == Set([7_000, 7_001, 7_002, 7_100, 7_101, 7_102].map(digest)))
        #expect(try await catalog.referenced(try await catalog.garbage(limit: 99)).isEmpty)
        try await catalog.forgetGarbage(try await catalog.garbage(limit: 99))

        // Two datasets with one photo: it is needed until the second goes.
        try await catalog.add([photo(1, "bird")], to: birds)
        try await catalog.deleteDataset(pets)
        #expect(try await garbage(catalog) == [digest(1)])
        #expect(try await catalog.referenced([digest(1)]) == [digest(1)])
        try await catalog.deleteDataset(birds)
        #expect(try await catalog.referenced([digest(1)]).isEmpty)
    }
}

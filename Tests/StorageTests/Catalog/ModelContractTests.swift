import Domain
import Foundation
import Storage
import Testing

@Suite("Models", .timeLimit(.minutes(2)))
struct ModelContractTests {
    @Test(arguments: CatalogUnderTest.all)
    func publishes(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        let lease = try await catalog.beginTraining()
        let (version, alias, job) = try await catalog.publish(
            draft(), lease, move: AliasMove(alias: latest, ifGeneration: 0), at: at(3.000_4))
        #expect(version == draft().numbered(1, at: at(3)))
        #expect(alias == ModelAlias(model: pets, alias: latest, version: 1, generation: 1, movedAt: at(3)))
        #expect(job.state == .succeeded && job.modelVersion == 1 && job.finishedAt == at(3))
        #expect(job.metrics == version.metrics)
        #expect(try await catalog.job(lease.job) == job)
        #expect(try await catalog.version(1, of: pets) == version)
        #expect(try await catalog.version(2, of: pets) == nil)
        #expect(try await catalog.version(1, of: birds) == nil)
        let model = Model(name: pets, createdAt: at(3), newestVersion: 1, aliases: [try #require(alias)])
        #expect(try await catalog.model(pets) == model)
        #expect(try await catalog.models(after: nil, limit: 9) == [model])
        #expect(await code { try await catalog.publish(draft(), lease, move: nil, at: at(4)) } == "lease_lost")
        let second = try await catalog.train(head: 7_100)
        #expect(second.number == 2)
        #expect(try await catalog.versions(of: pets, before: nil, limit: 9) == [second, version])
        #expect(try await catalog.versions(of: pets, before: 2, limit: 9) == [version])
        #expect(try await catalog.alias(latest, of: pets) == alias)
    }

    // Those that are there, and those that queued and running jobs will make; each once.
    @Test(arguments: CatalogUnderTest.all)
    func countsModels(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        #expect(try await catalog.modelCount(besides: pets) == 0)
        try await catalog.train()
        try await catalog.train(head: 7_100)
        #expect(try await catalog.modelCount(besides: birds) == 1)
        #expect(try await catalog.modelCount(besides: pets) == 0)
        _ = try await catalog.submit(training(model: birds))
        _ = try await catalog.submit(training(model: birds))
        _ = try await catalog.submit(training(model: pets))
        _ = try await catalog.submit(upload(name("other")))
        #expect(try await catalog.modelCount(besides: name("new")) == 2)
        #expect(try await catalog.modelCount(besides: birds) == 1)
        let (job, lease) = try #require(try await catalog.claim(.train))
        #expect(job.model == birds)
        #expect(try await catalog.modelCount(besides: name("new")) == 2)
        _ = try await catalog.finish(lease, as: .cancelled, error: nil, at: at(9))
        #expect(try await catalog.modelCount(besides: name("new")) == 2)
        let second = try #require(try await catalog.claim(.train))
        _ = try await catalog.finish(second.lease, as: .cancelled, error: nil, at: at(9))
        #expect(try await catalog.modelCount(besides: name("new")) == 1)
    }

    // The alias has moved since: then there is no version, no model, and the job still runs.
    @Test(arguments: CatalogUnderTest.all)
    func publishesAllOrNothing(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        let lease = try await catalog.beginTraining()
        let move = AliasMove(alias: latest, ifGeneration: 1)
        #expect(
            await code { try await catalog.publish(draft(), lease, move: move, at: at(3)) } == "generation_mismatch")
        #expect(try await catalog.model(pets) == nil)
        #expect(try await catalog.version(1, of: pets) == nil)
        #expect(try await catalog.aliases() == [])
        #expect(try await catalog.history(of: latest, model: pets, limit: 9) == [])
        let job = try #require(try await catalog.job(lease.job))
        #expect(job.state == .running && job.modelVersion == nil && job.metrics.isEmpty)
        #expect(try await catalog.referenced([digest(7_000), digest(7_001), digest(7_002)]).isEmpty)
        let again = AliasMove(alias: latest, ifGeneration: 0)
        #expect(try await catalog.publish(draft(), lease, move: again, at: at(4)).version.number == 1)
    }

    // A version like any other, but for the photos and the job, which there are none of.
    @Test(arguments: CatalogUnderTest.all)
    func imports(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        func add(_ move: AliasMove?, _ key: IdempotencyKey? = nil, head: Int = 7_500, at time: Double = 3) async throws
            -> ImportedVersion
        {
            try await catalog.add(imported: importedDraft(head: head), move: move, idempotency: key, at: at(time))
        }
        // Nothing of one whose alias has been moved since.
        let wrong = AliasMove(alias: latest, ifGeneration: 1)
        #expect(await code { try await add(wrong) } == "generation_mismatch")
        #expect(try await catalog.model(pets) == nil)
        #expect(try await catalog.aliases() == [])
        #expect(try await catalog.referenced([digest(7_500), digest(7_501)]).isEmpty)

        let first = try await add(AliasMove(alias: latest, ifGeneration: 0), at: 3.000_4)
        #expect(first.version == importedDraft().numbered(1, at: at(3)) && !first.isReplay)
        #expect(first.alias == ModelAlias(model: pets, alias: latest, version: 1, generation: 1, movedAt: at(3)))
        #expect(try await catalog.version(1, of: pets) == first.version)
        #expect(try await catalog.model(pets)?.aliases == [try #require(first.alias)])
        // Its file is not kept, and nothing refers to it.
        #expect(
            try await catalog.referenced([digest(7_500), digest(7_501), digest(7_502)])
                == [digest(7_500), digest(7_501)])
        // Between trained ones; the alias stays.
        #expect(try await catalog.train(head: 7_100).number == 2)
        let third = try await add(nil, head: 7_510)
        #expect(third.version.number == 3 && third.alias == nil)
        #expect(try await catalog.alias(latest, of: pets) == first.alias)
        let versions: [ModelVersion] = try await catalog.versions(of: pets, before: nil, limit: 9)
        #expect(versions.map(\.number) == [3, 2, 1])
        #expect(try await catalog.jobs(JobFilter(), before: nil, limit: 9).count == 1)
        try await catalog.deleteVersion(3, of: pets)
        #expect(Set(try await catalog.garbage(limit: 99)).isSuperset(of: [digest(7_510), digest(7_511)]))
    }

    @Test(arguments: CatalogUnderTest.all)
    func importsOnceForAKey(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        func add(_ key: IdempotencyKey, if generation: Int = 0, at time: Double = 3) async throws -> ImportedVersion {
            try await catalog.add(
                imported: importedDraft(), move: AliasMove(alias: latest, ifGeneration: generation), idempotency: key,
                at: at(time))
        }
        let first = try await add(key("k"))
        let again = try await add(key("k"), at: 9)
        #expect(again.isReplay && again.version == first.version && again.alias == nil)
        #expect(try await catalog.alias(latest, of: pets)?.generation == 1)
        #expect(await code { try await add(key("k", asking: "b")) } == "idempotency_key_reused")
        #expect(try await add(key("l"), if: 1).version.number == 2)
        // What is gone is made again, also where another one has its number now.
        try await catalog.deleteModel(pets)
        #expect(try await add(key("m"), at: 20).version.number == 1)
        let anew = try await add(key("k"), if: 1, at: 21)
        #expect(!anew.isReplay && anew.version.number == 2)
        // A key is kept for a day.
        #expect(try await add(key("k"), if: 2, at: 21 + 86_401).version.number == 3)
    }

    @Test(arguments: CatalogUnderTest.all)
    func movesAliases(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let best = name("best")
        func move(_ version: Int, if generation: Int?, at time: Double = 9) async throws -> ModelAlias {
            try await catalog.moveAlias(best, of: pets, to: version, ifGeneration: generation, at: at(time))
        }
        #expect(await code { try await move(1, if: nil) } == "unknown_model")
        #expect(await code { try await catalog.removeAlias(best, of: pets, ifGeneration: nil) } == "unknown_model")
        for number in 0..<3 { try await catalog.train(head: 7_000 + number * 10) }
        #expect(await code { try await move(4, if: nil) } == "unknown_version")
        #expect(await code { try await move(1, if: 1) } == "generation_mismatch")
        #expect(await code { try await catalog.removeAlias(best, of: pets, ifGeneration: nil) } == "unknown_alias")
        #expect(try await move(2, if: 0, at: 10).generation == 1)
        #expect(await code { try await move(3, if: 0) } == "generation_mismatch")
        #expect(try await move(3, if: 1, at: 11) == catalog.alias(best, of: pets))
        #expect(try await move(2, if: nil, at: 12).generation == 3)
        // To where it is already is a move too.
        #expect(try await move(2, if: 3, at: 13).generation == 4)
        for old in [0, 3] {
            #expect(
                await code { try await catalog.removeAlias(best, of: pets, ifGeneration: old) } == "generation_mismatch"
            )
        }
        #expect(try await catalog.alias(best, of: pets)?.generation == 4)
        try await catalog.removeAlias(best, of: pets, ifGeneration: 4)
        #expect(try await catalog.alias(best, of: pets) == nil)
        #expect(try await catalog.aliases() == [])
        // No generation comes twice, so that an old one never fits again.
        #expect(await code { try await move(1, if: 4) } == "generation_mismatch")
        #expect(try await move(1, if: 0, at: 14).generation == 5)
        let history = try await catalog.history(of: best, model: pets, limit: 9)
        #expect(history.map(\.version) == [1, 2, 2, 3, 2] && history.map(\.generation) == [5, 4, 3, 2, 1])
        #expect(history.map(\.movedAt) == [14, 13, 12, 11, 10].map(at))
        #expect(try await catalog.history(of: best, model: pets, limit: 2) == Array(history.prefix(2)))
        #expect(try await catalog.history(of: latest, model: pets, limit: 2) == [])
        // Of every model, in order.
        try await catalog.train(birds)
        for alias in ["b", "a"] {
            _ = try await catalog.moveAlias(name(alias), of: birds, to: 1, ifGeneration: nil, at: at(20))
        }
        #expect(try await catalog.aliases().map { "\($0.model) \($0.alias)" } == ["birds a", "birds b", "pets best"])
        #expect(try await catalog.models(after: birds, limit: 9).map(\.name) == [pets])
        #expect(try await catalog.models(after: nil, limit: 1).first?.aliases.map(\.alias.text) == ["a", "b"])
    }

    // Of many that would move it at once from where it is, one does.
    @Test(arguments: CatalogUnderTest.all)
    func movesOnceForEachGeneration(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        try await catalog.train()
        let moved = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    await code { try await catalog.moveAlias(latest, of: pets, to: 1, ifGeneration: 0, at: at(9)) }
                        == nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(moved == 1)
    }

    @Test(arguments: CatalogUnderTest.all)
    func deletesWhatNobodyUses(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        #expect(await code { try await catalog.deleteModel(pets) } == "unknown_model")
        #expect(await code { try await catalog.deleteVersion(1, of: pets) } == "unknown_model")
        #expect(
            await code { try await catalog.versions(of: pets, before: nil, limit: 9) as [ModelVersion] }
                == "unknown_model")
        try await catalog.train(move: AliasMove(alias: latest, ifGeneration: 0))
        try await catalog.train(head: 7_100)
        #expect(await code { try await catalog.deleteVersion(1, of: pets) } == "version_in_use")
        #expect(await code { try await catalog.deleteVersion(3, of: pets) } == "unknown_version")
        try await catalog.deleteVersion(2, of: pets)
        #expect(try await catalog.model(pets)?.newestVersion == 1)
        #expect(
            await code { try await catalog.moveAlias(latest, of: pets, to: 2, ifGeneration: nil, at: at(0)) }
                == "unknown_version")
        // Numbers are not used again.
        #expect(try await catalog.train(head: 7_200).number == 3)

        let lease = try await catalog.beginTraining()
        #expect(await code { try await catalog.deleteModel(pets) } == "model_in_use")
        _ = try await catalog.finish(lease, as: .failed, error: nil, at: at(9))
        try await catalog.deleteModel(pets)
        #expect(try await catalog.model(pets) == nil)
        #expect(try await catalog.aliases() == [])
        #expect(try await catalog.version(1, of: pets) == nil)
        #expect(try await catalog.history(of: latest, model: pets, limit: 9) == [])
        #expect(await code { try await catalog.deleteModel(pets) } == "unknown_model")
    }
}

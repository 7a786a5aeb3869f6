import Domain
import Foundation
import Jobs
import Serving
import Storage
import TestSupport
import Testing

@Suite("Aliases at start", .timeLimit(.minutes(2)))
struct AliasRestorationTests {
    /// A folder in which `colours` has been trained three times, and another model once.
    private func trained(_ folder: TemporaryFolder) async throws {
        let catalog = try SQLiteCatalog(folder: folder.url)
        let workplace = try Workplace(folder, catalog: catalog)
        try await workplace.addPhotos()
        try await workplace.running {
            // Another seed is another head, which is another file.
            for number in 0..<3 {
                let id = try await workplace.submitTraining {
                    ($0.recipe, $0.steps, $0.seed) = (.retrain, 5, UInt64(number))
                }
                #expect(try await workplace.end(of: id).state == .succeeded)
            }
            let other = try await workplace.submitTraining(model: "other")
            #expect(try await workplace.end(of: other).state == .succeeded)
        }
        try catalog.close()
    }

    private func flipABit(of version: Int, _ workplace: Workplace) async throws {
        let model = try #require(try await workplace.catalog.version(version, of: name("colours")))
        let file = try #require(try workplace.blobs.file(of: model.head))
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count / 2] ^= 1
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        try bytes.write(to: file)
    }

    @Test(arguments: [([], 3), ([3], 2), ([3, 2], 1), ([2], 3), ([3, 2, 1], nil)] as [([Int], Int?)])
    func fallBackToWhatTheyNamedBefore(_ damaged: [Int], _ expected: Int?) async throws {
        let folder = try TemporaryFolder()
        try await trained(folder)
        let catalog = try SQLiteCatalog(folder: folder.url)
        let workplace = try Workplace(folder, catalog: catalog)
        for version in damaged { try await flipABit(of: version, workplace) }
        let restoration = AliasRestoration(
            catalog: catalog, loader: workplace.loader, registry: workplace.registry)
        let outcomes = try await restoration.run()
        #expect(outcomes.map(\.alias.model.text) == ["colours", "other"])
        #expect(outcomes.map(\.answering) == [expected, 1])
        #expect(outcomes[0].failures.map(\.version) == damaged.filter { $0 > expected ?? 0 })
        for (_, error) in outcomes[0].failures { #expect((error as? RegraftError)?.code == "damaged_blob") }
        #expect(workplace.registry.model(name("colours"), alias: .latest)?.version.number == expected)
        #expect(workplace.registry.model(name("other"), alias: .latest)?.version.number == 1)
        // What it names is for people to change; a training does.
        #expect(try await catalog.alias(.latest, of: name("colours"))?.version == 3)
        try await workplace.running {
            let id = try await workplace.submitTraining()
            #expect(try await workplace.end(of: id).modelVersion == 4)
        }
        #expect(workplace.registry.model(name("colours"), alias: .latest)?.version.number == 4)
        try catalog.close()
    }

    // Requests that name no model are answered by the newest one, or by none while that is being loaded.
    @Test func letTheNewestAnswerFirst() async throws {
        let folder = try TemporaryFolder()
        try await trained(folder)
        let catalog = try SQLiteCatalog(folder: folder.url)
        let workplace = try Workplace(folder, catalog: catalog)
        let (registry, answering) = (workplace.registry, Mutexed<[String?]>([]))
        let backbones = BackboneHost(catalogue: workplace.catalogue) { _, _ in try StubEngine() }
        let loader = ModelLoader(backbones: backbones) { [blobs = workplace.blobs] digest in
            answering.change { $0.append(registry.newest?.version.model.text) }
            return try blobs.read(digest)
        }
        _ = try await AliasRestoration(catalog: catalog, loader: loader, registry: registry).run()
        // "other" is the newer one, whatever the names' order.
        #expect(answering.value == [nil, "other"])
        try catalog.close()
    }

    // Whatever is wrong, the others answer.
    @Test func doNotFallWithOneAnother() async throws {
        let folder = try TemporaryFolder()
        try await trained(folder)
        let catalog = try SQLiteCatalog(folder: folder.url)
        let workplace = try Workplace(folder, catalog: catalog)
        let bad = try #require(try await catalog.version(3, of: name("colours"))).head
        let backbones = BackboneHost(catalogue: workplace.catalogue) { _, _ in try StubEngine() }
        let loader = ModelLoader(backbones: backbones) { [blobs = workplace.blobs] digest in
            if digest == bad { throw POSIXError(.EIO) }
            return try blobs.read(digest)
        }
        let outcomes = try await AliasRestoration(
            catalog: catalog, loader: loader, registry: workplace.registry
        ).run()
        #expect(outcomes.map(\.answering) == [2, 1])
        try catalog.close()
    }

    // Requests are served while models are loaded. One that is deleted then does not answer again, nor does it shut out the
    // next one of its name, which begins with other numbers.
    @Test func leaveWhatIsDeletedMeanwhile() async throws {
        let folder = try TemporaryFolder()
        try await trained(folder)
        let catalog = try SQLiteCatalog(folder: folder.url)
        let workplace = try Workplace(folder, catalog: catalog)
        let (registry, latch) = (workplace.registry, Latch())
        let head = try #require(try await catalog.version(3, of: name("colours"))).head
        let backbones = BackboneHost(catalogue: workplace.catalogue) { _, _ in try StubEngine() }
        let loader = ModelLoader(backbones: backbones) { [blobs = workplace.blobs] digest in
            if digest == head { latch.wait() }
            return try blobs.read(digest)
        }
        let restoration = AliasRestoration(catalog: catalog, loader: loader, registry: registry)
        async let outcomes = restoration.run()
        while latch.count == 0 { try await Task.sleep(for: .milliseconds(1)) }
        try await registry.exclusively {
            try await catalog.deleteModel(name("colours"))
            registry.remove(name("colours"))
        }
        latch.open()
        #expect(try await outcomes.map(\.alias.model.text) == ["other"])
        #expect(registry.model(name("colours"), alias: .latest) == nil && registry.count == 1)
        try await workplace.running {
            let id = try await workplace.submitTraining()
            #expect(try await workplace.end(of: id).state == .succeeded)
        }
        #expect(registry.model(name("colours"), alias: .latest)?.version.number == 1)
        #expect(try await catalog.alias(.latest, of: name("colours"))?.generation == 1)
        try catalog.close()
    }

    // One that is moved meanwhile answers by what it was moved to.
    @Test func leaveWhatIsMovedMeanwhile() async throws {
        let folder = try TemporaryFolder()
        try await trained(folder)
        let catalog = try SQLiteCatalog(folder: folder.url)
        let workplace = try Workplace(folder, catalog: catalog)
        let (registry, latch) = (workplace.registry, Latch())
        let version = try #require(try await catalog.version(1, of: name("colours")))
        let model = try await workplace.loader.load(version)
        let loader = ModelLoader(
            backbones: BackboneHost(catalogue: workplace.catalogue) { _, _ in try StubEngine() }
        ) { _ in
            latch.wait()
            throw POSIXError(.EIO)
        }
        let restoration = AliasRestoration(catalog: catalog, loader: loader, registry: registry)
        async let outcomes = restoration.run()
        while latch.count == 0 { try await Task.sleep(for: .milliseconds(1)) }
        try await registry.exclusively {
            let moved = try await catalog.moveAlias(.latest, of: name("colours"), to: 1, ifGeneration: nil, at: .now)
            registry.serve(model, as: moved)
        }
        latch.open()
        #expect(try await outcomes.map(\.alias.model.text) == ["other"])
        #expect(registry.model(name("colours"), alias: .latest)?.version.number == 1)
        // The other one could not be read.
        #expect(registry.refusedCount == 1 && registry.count == 1)
        try catalog.close()
    }
}

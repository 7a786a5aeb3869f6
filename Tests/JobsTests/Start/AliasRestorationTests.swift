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
}

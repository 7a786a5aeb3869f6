import Domain
import Inference
import Serving
import Synchronization
import TestSupport
import Testing

@Suite("Backbones")
struct BackboneHostTests {
    private func catalogue(_ folder: TemporaryFolder) throws -> BackboneCatalogue {
        try folder.write(StubEngine.descriptor, to: "stub.json")
        try folder.write("no network", to: "stub.bin")
        return try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: [])
    }

    // Once for each purpose, however many ask.
    @Test func areCompiledOnce() async throws {
        let folder = try TemporaryFolder()
        let compiled = Mutex<[[BackboneOutput]]>([])
        let host = BackboneHost(catalogue: try catalogue(folder)) { _, outputs in
            compiled.withLock { $0.append(outputs) }
            return try StubEngine()
        }
        #expect(await host.loaded.isEmpty)
        let engines = try await withThrowingTaskGroup(of: (any InferenceEngine).self) { group in
            for _ in 0..<16 { group.addTask { try await host.engine("stub", for: .serving) } }
            return try await group.reduce(into: []) { $0.append(ObjectIdentifier($1)) }
        }
        #expect(Set(engines).count == 1)
        let others = [try await host.engine("stub", for: .training), try await host.engine("stub", for: .pretrained)]
        #expect(Set(engines + others.map { ObjectIdentifier($0) }).count == 3)
        #expect(compiled.withLock { $0 } == [[.features], [.features], [.features, .logits]])
        #expect(await host.loaded == ["stub"])
    }

    /// The file may be put there, or room be made, later.
    @Test func areTriedAgain() async throws {
        let folder = try TemporaryFolder()
        let failures = Mutex(1)
        let host = BackboneHost(catalogue: try catalogue(folder)) { _, _ in
            let fails = failures.withLock { left in
                left -= 1
                return left >= 0
            }
            if fails { throw RegraftError("backbone_unusable", "There is no memory for it.") }
            return try StubEngine()
        }
        #expect(await code { try await host.engine("stub", for: .serving) } == "backbone_unusable")
        #expect(await code { try await host.engine("none", for: .serving) } == "unknown_backbone")
        #expect(try await host.engine("stub", for: .serving).streamCount == 1)
    }
}

import Domain
import Foundation
import Jobs
import TestSupport
import Testing

// A server that stood still for so long that another one, with the same catalog, has taken its job.
@Suite("A lost lease", .timeLimit(.minutes(2)))
struct LeaseLossTests {
    @Test(arguments: [Job.Kind.train, .ingest])
    func writesNothing(_ kind: Job.Kind) async throws {
        let latch = Latch(isHolding: false)
        let workplace = try Workplace(
            hook: { _, _ in if kind == .train { latch.wait() } }, around: { HookedBlobs($0) { latch.wait() } })
        try await workplace.addPhotos(4)
        let id =
            kind == .train
            ? try await workplace.submitTraining() : try await workplace.submitIngest(MadeArchive.zip(colours: 8))
        let before = latch.count
        latch.close()
        try await workplace.running {
            try await workplace.until { latch.count > before }
            let catalog = workplace.catalog
            let taken = try #require(try await catalog.claim(kind, lease: 3600, at: .now.addingTimeInterval(60)))
            #expect(taken.job.id == id && taken.job.attempt == 2)
            latch.open()
            try await workplace.until { workplace.runner.runningCount == 0 }
            // It is still the other's, who sees nothing of the first.
            let job = try await catalog.job(id)
            #expect(job?.state == .running && job?.attempt == 2 && job?.error == nil)
            #expect(try await catalog.model(name("colours")) == nil && workplace.registry.count == 0)
            #expect(try await catalog.dataset(name("colours"))?.current?.number == 1)
            #expect(!(try await workplace.events(of: id)).contains { $0.kind == .done })
            let end = try await catalog.finish(taken.lease, as: .cancelled, error: nil, at: .now)
            #expect(end.state == .cancelled)
            // What it has stored until then is nobody's.
            try await workplace.sweep(until: 12)
        }
    }
}

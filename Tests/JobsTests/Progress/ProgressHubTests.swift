import Domain
import Foundation
import Jobs
import Storage
import TestSupport
import Testing
import Training

@Suite("Events", .timeLimit(.minutes(1)))
struct ProgressHubTests {
    private func hub(_ catalog: any JobCatalog, _ failures: Mutexed<Int> = Mutexed(0)) -> ProgressHub {
        ProgressHub(catalog: catalog) { _ in failures.change { $0 += 1 } }
    }

    private func submit(_ catalog: any JobCatalog) async throws -> JobID {
        try await catalog.submit(
            IngestSpecification(dataset: name("pets"), source: .url("https://a"), layout: .automatic, mode: .replace),
            priority: 0, idempotency: nil, at: .now
        ).job.id
    }

    private func progress(_ done: Int) -> JobEventData {
        .progress(JobProgress(phase: .ingest, unit: .photos, done: done, total: 9))
    }

    /// What the events say that was done; -1 for those of another kind.
    private func done(_ catalog: any JobCatalog, _ id: JobID) async throws -> [Int] {
        try await catalog.events(of: id, after: 0, limit: 20_000).enumerated().map { index, event in
            #expect(event.sequence == index + 1)
            let number = event.data.firstMatch(of: /"done":([0-9]+)/)
            return number.flatMap { Int($0.1) } ?? -1
        }
    }

    @Test func areStoredBeforeTheyAreTold() async throws {
        let catalog = InMemoryCatalog()
        let (hub, id) = (hub(catalog), try await submit(catalog))
        try await hub.open(id)
        var changes = hub.changes(of: id).makeAsyncIterator()
        hub.post(progress(1), job: id)
        #expect(try await catalog.lastEvent(of: id) == 0)
        await hub.flush()
        #expect(await changes.next() != nil)
        #expect(try await catalog.lastEvent(of: id) == 1)
        await hub.close(id)
        #expect(await changes.next() == nil && !hub.isOpen(id))
        // Whoever is not open, and whoever watches it, is not heard and hears nothing.
        hub.post(progress(2), job: id)
        await hub.flush()
        #expect(try await catalog.lastEvent(of: id) == 1)
        var none = hub.changes(of: id).makeAsyncIterator()
        #expect(await none.next() == nil)
    }

    @Test func goOnAfterARestart() async throws {
        let folder = try TemporaryFolder()
        var id: JobID?
        for boot in 1...3 {
            let catalog = try SQLiteCatalog(folder: folder.url)
            let hub = hub(catalog)
            let job = if let id { id } else { try await submit(catalog) }
            id = job
            try await hub.open(job)
            hub.post(.warning(code: "boot", message: "\(boot)"), job: job)
            hub.post(progress(boot), job: job)
            await hub.close(job)
            #expect(try await done(catalog, job) == (1...boot).flatMap { [-1, $0] })
            for start in 0...boot * 2 {
                let rest = try await catalog.events(of: job, after: start, limit: 10)
                #expect(rest.map(\.sequence) == Array(start + 1..<boot * 2 + 1))
            }
            try catalog.close()
        }
    }

    // Progress that nobody has seen is replaced by newer progress; nothing else is, and nothing that has been stored.
    @Test func areNotMoreThanNeeded() async throws {
        let catalog = InMemoryCatalog()
        let (hub, id) = (hub(catalog), try await submit(catalog))
        try await hub.open(id)
        for number in 1...3 { hub.post(progress(number), job: id) }
        hub.post(.warning(code: "a", message: "b"), job: id)
        for number in 4...6 { hub.post(progress(number), job: id) }
        await hub.flush()
        for number in 7...8 { hub.post(progress(number), job: id) }
        await hub.close(id)
        #expect(try await done(catalog, id) == [3, -1, 6, 8])
    }

    // What is said while a batch is on its way to the disk comes in the next one.
    @Test func areNotLostWhileOthersAreStored() async throws {
        let reference = Mutexed<(ProgressHub, JobID)?>(nil)
        let event = progress(2)
        let catalog = StubbornCatalog { _ in
            guard let (hub, id) = reference.value else { return }
            reference.change { $0 = nil }
            hub.post(event, job: id)
        }
        let (hub, id) = (hub(catalog), try await submit(catalog))
        try await hub.open(id)
        hub.post(progress(1), job: id)
        reference.change { $0 = (hub, id) }
        await hub.flush()
        await hub.flush()
        await hub.close(id)
        #expect(try await done(catalog, id) == [1, 2])
    }

    @Test func waitForAFullDisk() async throws {
        let isFull = Mutexed(true)
        let failures = Mutexed(0)
        let catalog = StubbornCatalog { _ in if isFull.value { throw POSIXError(.ENOSPC) } }
        let (hub, id) = (hub(catalog, failures), try await submit(catalog))
        try await hub.open(id)
        var changes = hub.changes(of: id).makeAsyncIterator()
        // Points of a curve and of progress, and every 100th of what is said once.
        let count = ProgressHub.maximumPending * 3
        let step = TrainingStep(
            number: 1, total: nil, train: Metrics(accuracy: 1, crossEntropy: 0, count: 1), validation: nil,
            head: { Head(labels: [], transform: .raw, featureCount: 0, weights: [], biases: []) })
        for number in 1...count {
            let isOnce = number.isMultiple(of: 100)
            hub.post(isOnce ? .warning(code: "w", message: "\"done\":\(number)") : .metric(step), job: id)
            if number == 5 { await hub.flush() }
        }
        isFull.change { $0 = false }
        await hub.flush()
        #expect(failures.value > 0)
        #expect(await changes.next() != nil)
        let stored = try await catalog.events(of: id, after: 0, limit: count)
        #expect(stored.count <= ProgressHub.maximumPending && stored.count > ProgressHub.maximumPending / 2)
        #expect(stored.map(\.sequence) == Array(1...stored.count))
        #expect(stored.count { $0.kind == .warning } == count / 100)
        await hub.close(id)
    }

    // The job ends while the disk is full: it is over for who watches, and its last words are stored when there is room.
    @Test func outliveTheirJobOnAFullDisk() async throws {
        let isFull = Mutexed(true)
        let catalog = StubbornCatalog { _ in if isFull.value { throw POSIXError(.ENOSPC) } }
        let (hub, id) = (hub(catalog), try await submit(catalog))
        try await hub.open(id)
        var changes = hub.changes(of: id).makeAsyncIterator()
        hub.post(progress(1), job: id)
        hub.post(.warning(code: "w", message: "last"), job: id)
        await hub.close(id)
        #expect(await changes.next() == nil && !hub.isOpen(id))
        var none = hub.changes(of: id).makeAsyncIterator()
        #expect(await none.next() == nil)
        hub.post(progress(2), job: id)
        isFull.change { $0 = false }
        await hub.flush()
        #expect(try await done(catalog, id) == [1, -1])
        // Another run goes on after them.
        try await hub.open(id)
        hub.post(progress(3), job: id)
        await hub.close(id)
        #expect(try await done(catalog, id) == [1, -1, 3])
    }

    // A disk that is healthy keeps all, however fast it is said: nobody waits for the next time.
    @Test func areStoredSoonWhereTheyAreMany() async throws {
        let catalog = InMemoryCatalog()
        let (hub, id) = (hub(catalog), try await submit(catalog))
        try await hub.open(id)
        var changes = hub.changes(of: id).makeAsyncIterator()
        for number in 1...1_000 { hub.post(.warning(code: "w", message: "\(number)"), job: id) }
        // Nobody has called for it.
        #expect(await changes.next() != nil)
        #expect(try await catalog.lastEvent(of: id) == 1_000)
        await hub.close(id)
    }

    // The catalog has said that the job is over, while the last of its run was still waiting.
    @Test func areNumberedAfterThoseOfOthers() async throws {
        let catalog = InMemoryCatalog()
        let failures = Mutexed(0)
        let (hub, id) = (hub(catalog, failures), try await submit(catalog))
        try await hub.open(id)
        hub.post(progress(1), job: id)
        _ = try await catalog.requestCancel(id, at: .now)
        #expect(try await catalog.events(of: id, after: 0, limit: 9).map(\.kind) == [.done])
        await hub.close(id)
        #expect(try await catalog.events(of: id, after: 0, limit: 9).map(\.kind) == [.done, .progress])
        #expect(failures.value == 0)
    }

    // Two runs of a job, of which one has lost its lease: the one that goes does not take the other's voice.
    @Test func areOfAllRunsOfAJob() async throws {
        let catalog = InMemoryCatalog()
        let (hub, id) = (hub(catalog), try await submit(catalog))
        try await hub.open(id)
        try await hub.open(id)
        hub.post(progress(1), job: id)
        await hub.close(id)
        #expect(hub.isOpen(id))
        hub.post(progress(2), job: id)
        await hub.close(id)
        #expect(!hub.isOpen(id))
        #expect(try await done(catalog, id) == [1, 2])
    }

    @Test func letWatchersGo() async throws {
        let catalog = InMemoryCatalog()
        let (hub, id) = (hub(catalog), try await submit(catalog))
        try await hub.open(id)
        var early = hub.changes(of: id).makeAsyncIterator()
        hub.dismiss()
        var late = hub.changes(of: id).makeAsyncIterator()
        #expect(await early.next() == nil)
        #expect(await late.next() == nil)
        #expect(hub.isDismissed && hub.isOpen(id))
        // The job itself goes on to be heard.
        hub.post(progress(1), job: id)
        await hub.close(id)
        #expect(try await catalog.lastEvent(of: id) == 1)
    }

    @Test func ofADeletedJobAreNobodysConcern() async throws {
        let catalog = InMemoryCatalog()
        let failures = Mutexed(0)
        let (hub, id) = (hub(catalog, failures), try await submit(catalog))
        try await hub.open(id)
        _ = try await catalog.requestCancel(id, at: .now)
        try await catalog.deleteJob(id)
        hub.post(progress(1), job: id)
        await hub.close(id)
        #expect(failures.value == 0)
    }
}

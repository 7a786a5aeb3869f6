import Domain
import Foundation
import Jobs
import Storage
import TestSupport
import Testing

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
        let more = 10
        for number in 1...ProgressHub.maximumPending + more {
            hub.post(.warning(code: "w", message: "\"done\":\(number)"), job: id)
            if number == 5 { await hub.flush() }
        }
        #expect(failures.value == 1)
        isFull.change { $0 = false }
        await hub.flush()
        #expect(await changes.next() != nil)
        // The oldest had to make room.
        let stored = try await catalog.events(of: id, after: 0, limit: 20_000)
        #expect(stored.map(\.sequence) == Array(1...ProgressHub.maximumPending))
        #expect(stored.first?.data.contains("\(more + 1)") == true)
        #expect(stored.last?.data.contains("\(ProgressHub.maximumPending + more)") == true)
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

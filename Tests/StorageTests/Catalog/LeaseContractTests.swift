import Domain
import Foundation
import Storage
import Testing

@Suite("Leases and events", .timeLimit(.minutes(2)))
struct LeaseContractTests {
    @Test(arguments: CatalogUnderTest.all)
    func givesEachJobToOne(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        for _ in 0..<100 { _ = try await catalog.submit(training()) }
        let claims = try await withThrowingTaskGroup(of: [(Job, JobLease)].self) { group in
            for _ in 0..<32 {
                group.addTask {
                    var mine: [(Job, JobLease)] = []
                    while let (job, lease) = try await catalog.claim(.train) { mine.append((job, lease)) }
                    return mine
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(claims.count == 100 && Set(claims.map(\.0.id)).count == 100)
        #expect(Set(claims.map(\.1.token)).count == 100 && claims.allSatisfy { $0.0.attempt == 1 })
    }

    /// All that is written with a lease.
    private func codes(_ catalog: any Catalog, _ lease: JobLease, ingest: Bool) async -> Set<String?> {
        var codes: Set<String?> = [
            await code {
                try await catalog.renew(lease, for: 9, progress: JobProgress(), metrics: JobMetrics(), at: at(0))
            },
            await code { try await catalog.finish(lease, as: .failed, error: nil, at: at(0)) },
            await code { try await catalog.giveBack(lease, countsAttempt: true, error: nil, at: at(0)) },
        ]
        if ingest {
            codes.insert(await code { try await catalog.restartIngest(lease) })
            codes.insert(await code { try await catalog.ingest([photo(5, "cat")], refused: [], lease) })
            codes.insert(await code { try await catalog.completeIngest(lease, at: at(0)) })
        } else {
            codes.insert(await code { try await catalog.publish(draft(), lease, move: nil, at: at(0)) })
        }
        return codes
    }

    enum Loss: CaseIterable { case givenBack, recovered, ranOut, over, neverHeld }

    @Test(arguments: CatalogUnderTest.all, Loss.allCases)
    func letsNobodyElseWrite(_ kind: CatalogUnderTest, _ loss: Loss) async throws {
        for ingest in [true, false] {
            let catalog = try kind.make()
            try await catalog.add([photo(1, "cat")])
            let kind: Job.Kind = ingest ? .ingest : .train
            var lease = ingest ? try await catalog.beginIngest() : try await catalog.beginTraining()
            if ingest { try await catalog.ingest([photo(4, "cat")], refused: [], lease) }
            var next: JobLease?
            switch loss {
            case .givenBack:
                _ = try await catalog.giveBack(lease, countsAttempt: true, error: nil, at: at(1))
                #expect(await codes(catalog, lease, ingest: ingest) == ["lease_lost"])
                next = try await catalog.claim(kind)?.lease
            case .recovered:
                _ = try await catalog.recover(at: at(1))
                next = try await catalog.claim(kind)?.lease
            case .ranOut:
                // It is still one's own as long as nobody else has taken it.
                #expect(try await catalog.claim(kind, at: at(30)) == nil)
                _ = try await catalog.renew(lease, for: 30, progress: JobProgress(), metrics: JobMetrics(), at: at(31))
                #expect(try await catalog.claim(kind, at: at(61)) == nil)
                let taken = try #require(try await catalog.claim(kind, at: at(61.001)))
                #expect(taken.job.id == lease.job && taken.job.attempt == 2 && taken.job.startedAt == at(0))
                next = taken.lease
            case .over: _ = try await catalog.finish(lease, as: .failed, error: nil, at: at(1))
            case .neverHeld: (next, lease) = (lease, JobLease(job: lease.job, token: "another"))
            }
            #expect(await codes(catalog, lease, ingest: ingest) == ["lease_lost"])
            guard let next else { continue }
            // Whoever has it now starts from nothing, and can finish.
            if ingest {
                if loss != .neverHeld { try await catalog.ingest([photo(6, "cat")], refused: [], next) }
                #expect(try await catalog.completeIngest(next, at: at(9)).version.imageCount == 1)
                #expect(try await catalog.digests(version: 2) == [digest(loss == .neverHeld ? 4 : 6)])
            } else {
                #expect(try await catalog.publish(draft(), next, move: nil, at: at(9)).version.number == 1)
            }
        }
    }

    @Test(arguments: CatalogUnderTest.all)
    func triesThreeTimes(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        let why = JobError(code: "out_of_memory", message: "too little memory")
        let job = try await catalog.submit(training())
        for attempt in 1...3 {
            // Given back without blame, it does not count.
            for _ in 0..<4 {
                let (claimed, lease) = try #require(try await catalog.claim(.train))
                #expect(claimed.attempt == attempt)
                let back = try await catalog.giveBack(lease, countsAttempt: false, error: nil, at: at(1))
                #expect(back.state == .queued && back.attempt == attempt - 1)
            }
            let (_, lease) = try #require(try await catalog.claim(.train))
            let back = try await catalog.giveBack(lease, countsAttempt: true, error: why, at: at(2))
            #expect(back.state == (attempt < 3 ? .queued : .failed) && back.attempt == attempt)
            #expect(back.error == (attempt < 3 ? nil : why))
        }
        #expect(try await catalog.job(job.id)?.finishedAt == at(2))
        #expect(try await catalog.claim(.train) == nil)
    }

    @Test(arguments: CatalogUnderTest.all)
    func findsWhatWasRunning(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        let (waiting, _) = (try await catalog.submit(training(), priority: -1), 0)
        let ingest = try await catalog.beginIngest(birds)
        try await catalog.ingest([photo(1, "cat")], refused: [], ingest)
        let train = try await catalog.beginTraining()
        for attempt in 1...2 {
            let found = try await catalog.recover(at: at(1))
            #expect(found.map(\.id) == [ingest.job, train.job])
            #expect(found.allSatisfy { $0.state == .queued && $0.attempt == attempt })
            _ = try #require(try await catalog.claim(.ingest))
            #expect(try await catalog.claim(.train)?.job.id == train.job)
        }
        let failed = try await catalog.recover(at: at(2))
        #expect(
            failed.map(\.state) == [.failed, .failed] && failed.map(\.error?.code) == ["interrupted", "interrupted"])
        #expect(try await catalog.dataset(birds)?.ingesting == nil)
        for job in failed {
            let events = try await catalog.events(of: job.id, after: 0, limit: 9)
            #expect(events.map(\.sequence) == [1] && events.map(\.kind) == [.done] && events.map(\.at) == [at(2)])
            #expect(events[0].data == JobEvent(endOf: job, sequence: 1, at: at(2)).data)
            #expect(events[0].data.contains(#""code":"interrupted""#))
        }
        #expect(try await catalog.recover(at: at(3)) == [])
        #expect(try await catalog.job(waiting.id)?.state == .queued)
    }

    // Whoever ran it is gone, or could not write its end: after the last attempt nobody else would.
    @Test(arguments: CatalogUnderTest.all, [true, false])
    func endsWhatHasRunOut(_ kind: CatalogUnderTest, _ isCancelled: Bool) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        let job = try await catalog.submit(training())
        let attempts = isCancelled ? 1 : 3
        for attempt in 1...attempts {
            let claimed = try #require(try await catalog.claim(.train, at: at(Double(attempt) * 100)))
            #expect(claimed.job.id == job.id && claimed.job.attempt == attempt)
        }
        try await catalog.append([event(1), event(2)], to: job.id)
        if isCancelled { #expect(try await catalog.requestCancel(job.id, at: at(130)).job.state == .running) }
        let end = at(Double(attempts) * 100 + 30.001)
        #expect(try await catalog.claim(.ingest, at: end) == nil)
        #expect(try await catalog.claim(.train, at: at(Double(attempts) * 100 + 30)) == nil)
        #expect(try await catalog.job(job.id)?.state == .running)
        var told: [Job] = []
        #expect(try await catalog.claim(.train, lease: 30, at: end) { told.append($0) } == nil)
        #expect(try await catalog.claim(.train, lease: 30, at: end) { told.append($0) } == nil)
        #expect(try await told == [catalog.job(job.id)])
        let ended = try #require(try await catalog.job(job.id))
        #expect(ended.state == (isCancelled ? .cancelled : .failed) && ended.finishedAt == end)
        #expect(ended.error?.code == (isCancelled ? nil : "interrupted") && ended.attempt == attempts)
        let last = try await catalog.events(of: job.id, after: 2, limit: 9)
        #expect(last == [JobEvent(endOf: ended, sequence: 3, at: end)])
    }

    @Test(arguments: CatalogUnderTest.all)
    func cancelsAtOnceWhatNobodyRuns(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        let (waiting, lease) = (try await catalog.submit(training(), priority: -1), try await catalog.beginTraining())
        #expect(try await catalog.requestCancel(lease.job, at: at(30)).job.state == .running)
        for (id, time) in [(lease.job, at(31)), (waiting.id, at(32))] {
            let (cancelled, hasEnded) = try await catalog.requestCancel(id, at: time)
            #expect(hasEnded && cancelled.state == .cancelled && cancelled.error == nil && cancelled.isCancelRequested)
            #expect(try await catalog.job(id) == cancelled)
            let events = try await catalog.events(of: id, after: 0, limit: 9)
            #expect(events == [JobEvent(endOf: cancelled, sequence: 1, at: time)])
        }
        #expect(await codes(catalog, lease, ingest: false) == ["lease_lost"])
    }

    @Test(arguments: CatalogUnderTest.all)
    func numbersEventsWithoutGaps(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        let (job, other) = (try await catalog.submit(training()).id, try await catalog.submit(training()).id)
        #expect(try await catalog.lastEvent(of: job) == 0)
        try await catalog.append([event(1, #"{"a":"ü\u0000"}"#), event(2)], to: job)
        try await catalog.append([], to: job)
        try await catalog.append([event(3)], to: job)
        try await catalog.append([event(1)], to: other)
        for wrong in [[event(5)], [event(3)], [event(4), event(6)], [event(4), event(4)], [event(0)]] {
            #expect(await code { try await catalog.append(wrong, to: job) } == "event_out_of_order")
        }
        #expect(try await catalog.lastEvent(of: job) == 3)
        let all = try await catalog.events(of: job, after: 0, limit: 9)
        #expect(all == [event(1, #"{"a":"ü\u0000"}"#), event(2), event(3)])
        #expect(try await catalog.events(of: job, after: 1, limit: 1) == [event(2)])
        #expect(try await catalog.events(of: job, after: 3, limit: 9) == [])
        let missing = JobID(text: "job_none")
        #expect(await code { try await catalog.append([event(1)], to: missing) } == "unknown_job")
        #expect(await code { try await catalog.append([], to: missing) } == "unknown_job")
        #expect(try await catalog.events(of: missing, after: 0, limit: 9) == [])
        #expect(try await catalog.lastEvent(of: missing) == 0)

        _ = try await catalog.requestCancel(job, at: at(10))
        try await catalog.dropEvents(ofJobsFinishedBefore: at(10))
        #expect(try await catalog.lastEvent(of: job) == 4)
        try await catalog.dropEvents(ofJobsFinishedBefore: at(10.001))
        #expect(try await catalog.events(of: job, after: 0, limit: 9) == [])
        #expect(try await catalog.lastEvent(of: other) == 1)
        _ = try await catalog.requestCancel(other, at: at(11))
        try await catalog.deleteJob(other)
        #expect(try await catalog.lastEvent(of: other) == 0)
    }

    // To say that it was cancelled is the last thing a cancelled task does.
    @Test(arguments: CatalogUnderTest.all)
    func worksInACancelledTask(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        let lease = try await catalog.beginTraining()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await catalog.append([event(try await catalog.lastEvent(of: lease.job) + 1)], to: lease.job)
            return try await catalog.finish(lease, as: .cancelled, error: nil, at: at(1))
        }
        task.cancel()
        #expect(try await task.value.state == .cancelled)
        #expect(try await catalog.lastEvent(of: lease.job) == 1)
    }
}

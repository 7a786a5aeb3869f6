import Domain
import Foundation
import Storage
import Testing

@Suite("Jobs", .timeLimit(.minutes(2)))
struct JobContractTests {
    @Test(arguments: CatalogUnderTest.all)
    func keepsWhatItIsGiven(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        var wanted = training()
        (wanted.options.seed, wanted.options.learningRate, wanted.promotion) = (.max, 0.1, .ifBetter)
        // To the millisecond.
        let job = try await catalog.submit(wanted, priority: -3, at: at(1.234_567))
        #expect(job.createdAt == at(1.235) && job.priority == -3 && job.specification == .train(wanted))
        #expect(try await catalog.job(job.id) == job)
        let (claimed, lease) = try #require(try await catalog.claim(.train, at: at(2)))
        #expect(claimed.state == .running && claimed.attempt == 1 && claimed.startedAt == at(2))
        let progress = JobProgress(phase: .fit, done: 3, total: 0, rate: .infinity, secondsLeft: 0.1)
        var metrics = JobMetrics()
        (metrics.crossEntropy, metrics.trainAccuracy) = (-.infinity, 1 / 3)
        let renewed = try await catalog.renew(lease, for: 30, progress: progress, metrics: metrics, at: at(3))
        #expect(renewed.progress == progress && renewed.metrics == metrics && !renewed.isCancelRequested)
        #expect(try await catalog.job(job.id) == renewed)
        #expect(try await catalog.job(JobID(text: "job_none")) == nil)
    }

    @Test(arguments: CatalogUnderTest.all)
    func queuesByPriorityAndAge(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        #expect(try await catalog.claim(.train) == nil)
        #expect(try await catalog.queueLengths() == [:])
        var jobs: [JobID] = []
        // Clocks may go backwards: what counts is who came first.
        for (number, priority) in [0, 5, 0, -1, 5, .max, .min].enumerated() {
            jobs.append(try await catalog.submit(training(), priority: priority, at: at(-Double(number))).id)
        }
        _ = try await catalog.submit(upload(birds))
        #expect(try await catalog.queueLengths() == [.train: 7, .ingest: 1])
        var order: [JobID] = []
        while let (job, _) = try await catalog.claim(.train) { order.append(job.id) }
        #expect(order == [5, 1, 4, 0, 2, 3, 6].map { jobs[$0] })
        #expect(try await catalog.queueLengths() == [.ingest: 1])
    }

    @Test(arguments: CatalogUnderTest.all)
    func listsTheNewestFirst(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        try await catalog.add([photo(1, "cat")], to: birds)
        var jobs: [Job] = []
        for number in 0..<12 {
            let dataset = number % 2 == 0 ? pets : birds
            jobs.append(
                try await catalog.submit(
                    training(dataset, model: number % 3 == 0 ? pets : birds), at: at(Double(number))))
        }
        jobs.append(try await catalog.submit(upload(), at: at(12)))
        for number in 0..<4 { jobs[number] = try await catalog.requestCancel(jobs[number].id, at: at(20)).job }
        for state in [nil, Job.State.queued, .cancelled, .failed] {
            for kind in [nil, Job.Kind.train, .ingest] {
                for dataset in [nil, pets] {
                    for model in [nil, birds] {
                        let filter = JobFilter(state: state, kind: kind, dataset: dataset, model: model)
                        let expected = jobs.reversed().filter {
                            (state == nil || $0.state == state) && (kind == nil || $0.kind == kind)
                                && (dataset == nil || $0.dataset == dataset) && (model == nil || $0.model == model)
                        }
                        var found: [Job] = []
                        while found.count <= expected.count {
                            let page = try await catalog.jobs(filter, before: found.last?.id, limit: 3)
                            found += page
                            if page.count < 3 { break }
                        }
                        #expect(found == expected, "\(filter)")
                    }
                }
            }
        }
        // A cursor that has been deleted meanwhile still has its place.
        try await catalog.deleteJob(jobs[2].id)
        #expect(
            try await catalog.jobs(JobFilter(), before: jobs[2].id, limit: 9).map(\.id) == [jobs[1].id, jobs[0].id])
        try await catalog.deleteJob(jobs[0].id)
        #expect(try await catalog.jobs(JobFilter(), before: jobs[0].id, limit: 9) == [])
    }

    @Test(arguments: CatalogUnderTest.all)
    func cancelsInEachState(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        let missing = JobID(text: "job_none")
        #expect(await code { try await catalog.requestCancel(missing, at: at(0)) } == "unknown_job")
        #expect(await code { try await catalog.deleteJob(missing) } == "unknown_job")

        let queued = try await catalog.submit(training())
        #expect(await code { try await catalog.deleteJob(queued.id) } == "job_active")
        let (cancelled, hasEnded) = try await catalog.requestCancel(queued.id, at: at(1))
        #expect(
            hasEnded && cancelled.state == .cancelled && cancelled.finishedAt == at(1) && cancelled.isCancelRequested)
        // Twice changes nothing.
        #expect(try await catalog.requestCancel(queued.id, at: at(2)) == (cancelled, false))
        #expect(try await catalog.claim(.train) == nil)

        // A running one is asked, and says itself when it is over.
        let lease = try await catalog.beginTraining()
        let (asked, isOver) = try await catalog.requestCancel(lease.job, at: at(3))
        #expect(!isOver && asked.state == .running && asked.isCancelRequested && asked.finishedAt == nil)
        #expect(await code { try await catalog.deleteJob(lease.job) } == "job_active")
        let renewed = try await catalog.renew(lease, for: 1, progress: JobProgress(), metrics: JobMetrics(), at: at(4))
        #expect(renewed.isCancelRequested)
        let over = try await catalog.finish(lease, as: .cancelled, error: nil, at: at(5))
        #expect(over.state == .cancelled && over.isCancelRequested && over.finishedAt == at(5))

        // It may be done before it hears of it: then it is done.
        let late = try await catalog.beginTraining()
        _ = try await catalog.requestCancel(late.job, at: at(6))
        #expect(try await catalog.publish(draft(), late, move: nil, at: at(7)).job.state == .succeeded)
        #expect(try await catalog.requestCancel(late.job, at: at(8)).job.state == .succeeded)

        // Given back, or found at start, it is not begun again.
        for byRestart in [false, true] {
            let lease = try await catalog.beginTraining()
            _ = try await catalog.requestCancel(lease.job, at: at(9))
            let ended =
                byRestart
                ? try await catalog.recover(at: at(10))
                : [try await catalog.giveBack(lease, countsAttempt: false, error: nil, at: at(10))]
            #expect(ended.map(\.id) == [lease.job] && ended.map(\.state) == [.cancelled])
        }
        try await catalog.deleteJob(queued.id)
        #expect(try await catalog.job(queued.id) == nil)
    }

    // What came of a request comes of its repetition, for a day.
    @Test(arguments: CatalogUnderTest.all)
    func answersARepeatedRequestAlike(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        try await catalog.add([photo(1, "cat")])
        func submit(_ key: IdempotencyKey, at time: Date = at(0)) async throws -> Submission {
            try await catalog.submit(training(), priority: 0, idempotency: key, at: time)
        }
        #expect(try await catalog.replay(of: key("k"), at: at(0)) == nil)
        let first = try await submit(key("k"))
        #expect(!first.isReplay)
        #expect(try await catalog.replay(of: key("k"), at: at(1)) == Submission(job: first.job, isReplay: true))
        #expect(
            await code { try await catalog.replay(of: key("k", asking: "b"), at: at(1)) } == "idempotency_key_reused")
        #expect(try await catalog.replay(of: key("k", scope: "POST /other"), at: at(1)) == nil)
        _ = try await catalog.claim(.train)
        let second = try await submit(key("k"), at: at(86_400))
        // As it is now.
        #expect(second.isReplay && second.job.id == first.job.id && second.job.state == .running)
        #expect(await code { try await submit(key("k", asking: "b")) } == "idempotency_key_reused")
        #expect(try await submit(key("k", scope: "POST /other", asking: "b")).job.id != first.job.id)
        #expect(try await submit(key("K")).job.id != first.job.id)
        #expect(try await catalog.jobs(JobFilter(), before: nil, limit: 9).count == 3)
        // Whose key is forgotten, or whose job is, is done anew.
        let next = try await submit(key("k", asking: "b"), at: at(86_401))
        #expect(!next.isReplay)
        _ = try await catalog.requestCancel(next.job.id, at: at(86_402))
        try await catalog.deleteJob(next.job.id)
        #expect(try await !submit(key("k", asking: "b"), at: at(86_403)).isReplay)

        // An upload too, also while the first one keeps the dataset busy; what fails keeps no key.
        let put = key("u", scope: "PUT /v1/datasets/birds")
        let begun = try await catalog.submit(upload(birds), priority: 0, idempotency: put, at: at(0))
        let again = try await catalog.submit(upload(birds), priority: 0, idempotency: put, at: at(0))
        #expect(again.isReplay && again.job == begun.job)
        let busy = key("v", scope: "PUT /v1/datasets/birds")
        #expect(
            await code { try await catalog.submit(upload(birds), priority: 0, idempotency: busy, at: at(0)) }
                == "dataset_busy")
        _ = try await catalog.requestCancel(begun.job.id, at: at(1))
        #expect(try await !catalog.submit(upload(birds), priority: 0, idempotency: busy, at: at(0)).isReplay)
    }

    @Test(arguments: CatalogUnderTest.all)
    func answersRepeatedImagesAlike(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let key = key("k", scope: "POST images")
        func add() async throws -> AddedImages {
            try await catalog.add([photo(1, "cat"), photo(2, "cat")], to: pets, idempotency: key, at: at(0))
        }
        let first = try await add()
        try await catalog.add([photo(3, "cat")])
        let again = try await add()
        #expect(again.version == first.version && again.images == first.images)
        #expect(!first.isReplay && again.isReplay)
        // As they are now.
        _ = try await catalog.removeImage(first.images[0].id, of: pets, at: at(1))
        #expect(try await add().images == [first.images[1]])
        #expect(try await catalog.dataset(pets)?.current?.number == 3)
        // Into a dataset that has gone and come again they are added.
        try await catalog.deleteDataset(pets)
        try await catalog.add([photo(8, "cat")])
        #expect(try await add().version.number == 2)
        #expect(try await catalog.digests(version: 2) == [digest(8), digest(1), digest(2)])
    }
}

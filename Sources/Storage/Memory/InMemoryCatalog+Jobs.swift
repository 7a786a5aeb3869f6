public import Domain
public import Foundation

extension InMemoryCatalog {
    public func submit(
        _ training: TrainSpecification, priority: Int, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> Submission {
        try transact { state in
            if let known = try state.submission(of: idempotency, at: time) { return known }
            _ = try state.dataset(training.dataset).readyVersion(training.datasetVersion)
            return state.queue(.train(training), priority: priority, idempotency, at: time)
        }
    }

    public func submit(
        _ ingest: IngestSpecification, priority: Int, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> Submission {
        try transact { state in
            if let known = try state.submission(of: idempotency, at: time) { return known }
            var (origin, archive): (DatasetVersion.Origin, PhotoDigest?) = (.importing, nil)
            if case .archive(let digest, _) = ingest.source { (origin, archive) = (.upload, digest) }
            let id = JobID(at: time)
            var ingest = ingest
            var record = state.datasetOrNew(ingest.dataset, at: time)
            ingest.version = try record.begin(.ingesting, origin, job: id, at: time)
            state.datasets[ingest.dataset] = record
            return state.queue(.ingest(ingest), as: id, archive: archive, priority: priority, idempotency, at: time)
        }
    }

    public func replay(of idempotency: IdempotencyKey, at time: Date) async throws -> Submission? {
        try transact { try $0.submission(of: idempotency, at: time) }
    }

    public func job(_ id: JobID) async throws -> Job? { try transact { $0.place(of: id).map { $0.job } } }

    public func jobs(_ filter: JobFilter, before id: JobID?, limit: Int) async throws -> [Job] {
        try transact { state in
            var earlier = state.jobs.map(\.job)[...]
            if let id {
                let place =
                    earlier.firstIndex { $0.id == id } ?? earlier.lastIndex { $0.id.text < id.text }.map { $0 + 1 }
                earlier = earlier.prefix(place ?? 0)
            }
            return earlier.reversed().filter(filter.fits).prefix(limit).map { $0 }
        }
    }

    public func queueLengths() async throws -> [Job.Kind: Int] {
        try transact { state in
            state.jobs.filter { $0.job.state == .queued }.reduce(into: [:]) { $0[$1.job.kind, default: 0] += 1 }
        }
    }

    public func requestCancel(_ id: JobID, at time: Date) async throws -> (job: Job, hasEnded: Bool) {
        try transact { state in
            guard try !state.required(id).job.state.isFinal else {
                return (try state.required(id).job, false)
            }
            state.update(id) { $0.job.isCancelRequested = true }
            let record = try state.required(id)
            guard record.job.state == .queued || record.hasRunOut(at: time) else {
                return (record.job, false)
            }
            return (state.endUnheard(record.job, error: nil, at: time), true)
        }
    }

    public func deleteJob(_ id: JobID) async throws {
        try transact { state in
            let job = try state.required(id).job
            guard job.state.isFinal else { throw CatalogErrors.active(job) }
            state.jobs.removeAll { $0.job.id == id }
        }
    }

    // MARK: Events

    public func append(_ events: [JobEvent], to job: JobID) async throws {
        try transact { state in
            for event in events {
                let last = try state.required(job).events.last?.sequence ?? 0
                guard event.sequence == last + 1 else { throw CatalogErrors.outOfOrder(event, of: job, last: last) }
                state.update(job) {
                    $0.events.append(
                        JobEvent(
                            sequence: event.sequence, kind: event.kind, at: event.at.inMilliseconds, data: event.data))
                }
            }
            _ = try state.required(job)
        }
    }

    public func events(of job: JobID, after sequence: Int, limit: Int) async throws -> [JobEvent] {
        try transact { state in
            (state.place(of: job)?.events ?? []).filter { $0.sequence > sequence }.prefix(limit).map { $0 }
        }
    }

    public func lastEvent(of job: JobID) async throws -> Int {
        try transact { $0.place(of: job)?.events.last?.sequence ?? 0 }
    }

    public func dropEvents(ofJobsFinishedBefore time: Date) async throws {
        try transact { state in
            for record in state.jobs where record.job.finishedAt.map({ $0 < time.inMilliseconds }) ?? false {
                state.update(record.job.id) { $0.events = [] }
            }
        }
    }
}

extension JobFilter {
    fileprivate func fits(_ job: Job) -> Bool {
        (state == nil || job.state == state) && (kind == nil || job.kind == kind)
            && (dataset == nil || job.dataset == dataset) && (model == nil || job.model == model)
    }
}

import Domain
import Foundation

extension CatalogState {
    func place(of id: JobID) -> JobRecord? { jobs.first { $0.job.id == id } }

    func required(_ id: JobID) throws -> JobRecord {
        guard let record = place(of: id) else { throw CatalogErrors.unknownJob(id) }
        return record
    }

    mutating func update(_ id: JobID, _ change: (inout JobRecord) -> Void) {
        for place in jobs.indices where jobs[place].job.id == id { change(&jobs[place]) }
    }

    func submission(of key: IdempotencyKey?, at time: Date) throws -> Submission? {
        guard case .job(let id) = try answer(to: key, at: time) else { return nil }
        return place(of: id).map { Submission(job: $0.job, isReplay: true) }
    }

    mutating func queue(
        _ specification: JobSpecification, as id: JobID? = nil, archive: PhotoDigest? = nil, priority: Int,
        _ key: IdempotencyKey?, at time: Date
    ) -> Submission {
        let job = Job(
            id: id ?? JobID(at: time), specification: specification, priority: priority, createdAt: time.inMilliseconds)
        jobs.append(JobRecord(job: job, archive: archive))
        remember(.job(job.id), for: key, at: time)
        return Submission(job: job, isReplay: false)
    }

    /// The job, where the lease still holds.
    func leased(_ lease: JobLease, of kind: Job.Kind? = nil) throws -> JobRecord {
        guard let record = place(of: lease.job), record.lease?.token == lease.token,
            kind == nil || record.job.kind == kind
        else { throw CatalogErrors.leaseLost }
        return record
    }

    /// Ends a job, with all that hangs on it.
    mutating func end(
        _ id: JobID, as state: Job.State, error: JobError? = nil, modelVersion: Int? = nil, at time: Date
    ) -> Job {
        var ended: Job?
        var archive: PhotoDigest?
        update(id) { record in
            archive = record.archive
            (record.archive, record.lease) = (nil, nil)
            record.job.state = state
            record.job.error = error
            record.job.modelVersion = modelVersion
            record.job.finishedAt = time.inMilliseconds
            if state == .cancelled { record.job.isCancelRequested = true }
            ended = record.job
        }
        guard let ended else { preconditionFailure("only a job that is there is ended") }
        if let archive { garbage.insert(archive) }
        if state != .succeeded { failIngest(ended) }
        return ended
    }

    /// Ends a job that nobody runs, so that nobody but the catalog can say that it is over.
    /// - Parameter error: of a job whose end nobody has asked for.
    mutating func endUnheard(_ job: Job, error: JobError?, at time: Date) -> Job {
        let ended = end(
            job.id, as: job.isCancelRequested ? .cancelled : .failed, error: job.isCancelRequested ? nil : error,
            at: time)
        update(job.id) { record in
            let last = record.events.last?.sequence ?? 0
            record.events.append(JobEvent(endOf: ended, sequence: last + 1, at: time.inMilliseconds))
        }
        return ended
    }
}

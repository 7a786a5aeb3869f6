import Domain

/// What all catalogs say alike.
enum CatalogErrors {
    static func unknownDataset(_ name: ResourceName) -> RegraftError {
        RegraftError("unknown_dataset", "There is no dataset '\(name)'.")
    }

    static func unknownVersion(_ number: Int, of what: String) -> RegraftError {
        RegraftError("unknown_version", "There is no version \(number) of the \(what).")
    }

    static func unknownImage(_ id: Int64, of dataset: ResourceName) -> RegraftError {
        RegraftError("unknown_image", "The dataset '\(dataset)' has no image \(id).")
    }

    static func changedTwice(_ id: Int64) -> RegraftError {
        RegraftError("image_changed_twice", "There are two changes of the image \(id); leave one of them out.")
    }

    static func busy(_ version: DatasetVersion) -> RegraftError {
        RegraftError(
            "dataset_busy",
            "Version \(version.number) of the dataset '\(version.dataset)' is being ingested"
                + (version.job.map { " by the job \($0)" } ?? "") + ". Wait for it, or cancel it, and try again.")
    }

    static func unknownJob(_ id: JobID) -> RegraftError {
        RegraftError("unknown_job", "There is no job '\(id.text.prefix(80))'.")
    }

    static func outOfOrder(_ event: JobEvent, of job: JobID, last: Int) -> RegraftError {
        RegraftError(
            "event_out_of_order", "The job \(job) is at event \(last), and \(event.sequence) is not the one after it.")
    }

    static func active(_ job: Job) -> RegraftError {
        RegraftError("job_active", "The job \(job.id) is \(job.state.rawValue); cancel it first.")
    }

    static func inUse(_ dataset: ResourceName, by job: JobID) -> RegraftError {
        RegraftError(
            "dataset_in_use",
            "The dataset '\(dataset)' is used by the job \(job). Wait for it, or cancel it, and delete then.")
    }

    static func inTraining(_ model: ResourceName, by job: JobID) -> RegraftError {
        RegraftError("model_in_use", "The job \(job) is training the model '\(model)'. Wait for it, or cancel it.")
    }

    static func inUse(_ alias: ModelAlias) -> RegraftError {
        RegraftError(
            "version_in_use",
            "The alias '\(alias.alias)' names version \(alias.version) of the model '\(alias.model)'; move the alias first."
        )
    }

    static let leaseLost = RegraftError("lease_lost", "The job is no longer this worker's.")

    static func unknownModel(_ name: ResourceName) -> RegraftError {
        RegraftError("unknown_model", "There is no model '\(name)'.")
    }

    static func unknownAlias(_ alias: ResourceName, of model: ResourceName) -> RegraftError {
        RegraftError("unknown_alias", "The model '\(model)' has no alias '\(alias)'.")
    }

    static func reused(_ key: IdempotencyKey) -> RegraftError {
        RegraftError(
            "idempotency_key_reused",
            "The Idempotency-Key '\(key.key.prefix(80))' was used before with another request; take a new one.")
    }

    static func generationMismatch(_ alias: ResourceName, of model: ResourceName, is generation: Int) -> RegraftError {
        RegraftError(
            "generation_mismatch",
            "The alias '\(alias)' of the model '\(model)' has been moved since: it is at generation \(generation).")
    }
}

extension JobError {
    static func interrupted(_ job: Job) -> JobError {
        JobError(
            code: "interrupted",
            message:
                "The server was stopped in the middle of it \(job.attempt) times, so it is not tried again. Look into the server's "
                + "log for why, and submit it anew.")
    }

    static func abandoned(_ job: Job) -> JobError {
        JobError(
            code: "interrupted",
            message:
                "Nothing has been heard of it since its attempt \(job.attempt), the last one: it stood still, or its end could not "
                + "be stored, as when the disk is full. Look into the server's log for why, and submit it anew.")
    }
}

extension DatasetVersion {
    /// Refused files that are kept of an ingest that has failed.
    package static let failedReportLimit = 1000

    /// The report of an ingest is there once it is over, however it has ended.
    /// - Throws: `dataset_busy`.
    func requireReport() throws {
        if state == .ingesting { throw CatalogErrors.busy(self) }
    }

    /// - Throws: `dataset_busy` or `unknown_version`.
    func requireReady() throws {
        switch state {
        case .ready: return
        case .ingesting: throw CatalogErrors.busy(self)
        case .failed:
            throw RegraftError(
                "unknown_version",
                "The ingest of version \(number) of the dataset '\(dataset)' has failed, so there is nothing in it.")
        }
    }
}

extension RefusedFile {
    static func duplicate(of image: NewImage) -> RefusedFile {
        RefusedFile(
            path: image.path, code: "duplicate", reason: "it is the same photo as another one of its label")
    }
}

extension ModelVersion {
    /// All that it needs.
    var blobs: [PhotoDigest] { [head, evaluation] + golden.map(\.digest) }
}

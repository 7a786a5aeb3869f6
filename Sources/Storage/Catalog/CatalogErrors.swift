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

    static func busy(_ version: DatasetVersion) -> RegraftError {
        RegraftError(
            "dataset_busy",
            "Version \(version.number) of the dataset '\(version.dataset)' is being ingested"
                + (version.job.map { " by the job \($0)" } ?? "") + ". Wait for it, or cancel it, and try again.")
    }

    static func unknownJob(_ id: JobID) -> RegraftError {
        RegraftError("unknown_job", "There is no job '\(id.text.prefix(80))'.")
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

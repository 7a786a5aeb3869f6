public import Domain
public import Foundation

/// What is known of datasets and their photos. Every call is one transaction: done whole, durably, or not at all.
///
/// Errors are `RegraftError`s: `unknown_dataset`, `unknown_version`, `unknown_image`, `dataset_busy` (it is being ingested),
/// `dataset_in_use` (a job needs it), `lease_lost`, `idempotency_key_reused`; and what the storage itself throws.
public protocol DatasetCatalog: Sendable {
    /// By name.
    func datasets(after name: ResourceName?, limit: Int) async throws -> [Dataset]
    func dataset(_ name: ResourceName) async throws -> Dataset?
    /// The newest first.
    func versions(of dataset: ResourceName, before number: Int?, limit: Int) async throws -> [DatasetVersion]
    /// The newest version that came of an archive, be it one whose ingest has failed; not one that is being ingested.
    func newestIngest(of dataset: ResourceName) async throws -> DatasetVersion?
    /// By label.
    func labels(of dataset: ResourceName, version: Int) async throws -> [LabelCount]
    /// Photos of a version by id.
    func images(
        of dataset: ResourceName, version: Int, label: Label?, split: Split?, after id: Int64?, limit: Int
    ) async throws -> [DatasetImage]
    /// All photos of a version by label and path, both by their bytes: the order that training depends on.
    func trainingImages(of dataset: ResourceName, version: Int) async throws -> [DatasetImage]
    /// A photo of any version, as the newest of those that hold it has it.
    func image(_ id: Int64, of dataset: ResourceName) async throws -> DatasetImage?

    /// Adds photos as a new version, making the dataset where there is none. A photo that its label has already is not added
    /// again; where that is so for all of them, there is no new version.
    /// - Returns: the photos, in the order given, as they are in the dataset now.
    func add(
        _ images: [NewImage], to dataset: ResourceName, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> AddedImages
    /// Files a photo under another label, as a new version; where it is filed under that one already, there is none.
    func relabel(
        _ id: Int64, of dataset: ResourceName, as label: Label, at time: Date
    ) async throws -> (version: DatasetVersion, image: DatasetImage)
    func removeImage(_ id: Int64, of dataset: ResourceName, at time: Date) async throws -> DatasetVersion
    /// Relabels and removes photos of the current version, all of them in one new version; where no photo would be another, there
    /// is none. The order of the changes means nothing.
    /// - Throws: besides, `image_changed_twice`.
    func change(
        _ changes: [ImageChange], of dataset: ResourceName, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> ChangedImages
    /// With all its versions. Models that were trained on it stay.
    func deleteDataset(_ name: ResourceName) async throws
    /// Keeps, for people to see, what the last training that made a version has used each photo for.
    func recordSplits(_ splits: [Int64: Split], of dataset: ResourceName) async throws

    /// Drops what an earlier attempt at an ingest has added.
    func restartIngest(_ lease: JobLease) async throws
    /// Adds photos and refusals to the version that a job ingests, where nobody sees them yet. A photo that came before with
    /// the same label counts as refused.
    /// - Parameter ignored: how many files were passed over.
    func ingest(_ images: [NewImage], refused: [RefusedFile], ignored: Int, _ lease: JobLease) async throws
    /// Makes the version the current one, and the job succeeded.
    func completeIngest(_ lease: JobLease, at time: Date) async throws -> (version: DatasetVersion, job: Job)
    /// Files that a version's ingest could not use, in the order in which they came; of an ingest that has failed, the first
    /// thousand.
    func refusals(of dataset: ResourceName, version: Int, after number: Int, limit: Int) async throws -> [Refusal]
}

/// A refused file with its number in its version's report.
public struct Refusal: Sendable, Equatable {
    public let number: Int
    public let file: RefusedFile

    public init(number: Int, file: RefusedFile) {
        self.number = number
        self.file = file
    }
}

import Domain
import Foundation

/// A dataset as lists show it.
struct DatasetSummary: Encodable {
    var name: String
    var createdAt: Date
    var state: State
    /// Null while there is none that can be used.
    var version: Nullable<Int>
    var images: Int
    var ingesting: Nullable<Ingesting>

    /// Whether there is something to train on.
    enum State: String, Encodable {
        case ready
        /// All of its photos were removed.
        case empty
        /// The first photos are coming.
        case ingesting
        /// It has never had a photo: its first ingest came to nothing. The version's report tells why.
        case failed

        init(_ dataset: Dataset) {
            if let current = dataset.current {
                self = current.imageCount > 0 ? .ready : .empty
            } else {
                self = dataset.ingesting != nil ? .ingesting : .failed
            }
        }
    }

    struct Ingesting: Encodable {
        var version: Int
        var job: Nullable<String>
    }

    init(_ dataset: Dataset) {
        name = dataset.name.text
        createdAt = dataset.createdAt
        state = State(dataset)
        version = Nullable(dataset.current?.number)
        images = dataset.current?.imageCount ?? 0
        ingesting = Nullable(
            dataset.ingesting.map { Ingesting(version: $0.number, job: Nullable($0.job?.text)) })
    }
}

struct DatasetList: Encodable {
    var datasets: [DatasetSummary]
    var nextCursor: Nullable<String>
}

/// A dataset with what its current version holds.
struct DatasetDocument: Encodable {
    var name: String
    var createdAt: Date
    var state: DatasetSummary.State
    var version: Nullable<Int>
    var images: Int
    var ingesting: Nullable<DatasetSummary.Ingesting>
    var labels: [LabelEntry]
    /// The newest first.
    var versions: [VersionEntry]
    /// What the newest ingest could not use, be it one that has failed.
    var report: ReportDocument

    struct LabelEntry: Encodable {
        var label: String
        var images: Int
        /// As the last training on the dataset used them; photos that came since are in none.
        var train: Int
        var validation: Int
        var test: Int

        init(_ count: LabelCount) {
            label = count.label.text
            images = count.images
            train = count.splits[.train] ?? 0
            validation = count.splits[.validation] ?? 0
            test = count.splits[.test] ?? 0
        }
    }

    struct VersionEntry: Encodable {
        var version: Int
        var state: DatasetVersion.State
        var origin: DatasetVersion.Origin
        var createdAt: Date
        var job: Nullable<String>
        var images: Int
        var refused: Int
        /// Why it has failed.
        var error: Nullable<JobError>

        /// - Parameter failure: of the job.
        init(_ version: DatasetVersion, failure: JobError? = nil) {
            error = Nullable(failure)
            self.version = version.number
            state = version.state
            origin = version.origin
            createdAt = version.createdAt
            job = Nullable(version.job?.text)
            images = version.imageCount
            refused = version.refusedCount
        }
    }
}

/// Files that could not be used.
struct ReportDocument: Encodable {
    var version: Nullable<Int>
    /// How many there are in all.
    var refused: Int
    /// Files of the archive that were passed over: hidden ones, and what operating systems leave behind.
    var ignored: Int
    var files: [RefusedFile]
    /// Of `/versions/{version}/report`.
    var nextCursor: Nullable<String>
}

struct ImageDocument: Encodable {
    var id: Int64
    var label: String
    var path: String
    var sha256: String
    var bytes: Int
    var version: Int
    var split: Nullable<Split>

    init(_ image: DatasetImage) {
        id = image.id
        label = image.label.text
        path = image.path
        sha256 = image.digest.description
        bytes = image.byteCount
        version = image.version
        split = Nullable(image.split)
    }
}

struct ImageList: Encodable {
    var dataset: String
    var version: Int
    var images: [ImageDocument]
    var nextCursor: Nullable<String>
}

/// What became of photos that were posted.
struct AddedImagesDocument: Encodable {
    var dataset: String
    var version: Nullable<Int>
    var images: [ImageDocument]
    var refused: [RefusedFile]
}

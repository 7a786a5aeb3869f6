import Domain
import Foundation

/// A dataset as lists show it.
struct DatasetSummary: Encodable {
    var name: String
    var createdAt: Date
    /// Null while the first version is being ingested.
    var version: Nullable<Int>
    var images: Int
    var ingesting: Nullable<Ingesting>

    struct Ingesting: Encodable {
        var version: Int
        var job: Nullable<String>
    }

    init(_ dataset: Dataset) {
        name = dataset.name.text
        createdAt = dataset.createdAt
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
    var version: Nullable<Int>
    var images: Int
    var ingesting: Nullable<DatasetSummary.Ingesting>
    var labels: [LabelEntry]
    /// The newest first.
    var versions: [VersionEntry]
    /// What the ingest of the newest version could not use.
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

        init(_ version: DatasetVersion) {
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

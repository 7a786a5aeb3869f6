public import Foundation

/// Photos sorted by label, under a name. What it holds changes only by making a new version.
public struct Dataset: Sendable, Equatable {
    public let name: ResourceName
    public let createdAt: Date
    /// The newest version that can be used; nil while the first one is being ingested.
    public let current: DatasetVersion?
    /// The version that is being ingested at the moment.
    public let ingesting: DatasetVersion?

    public init(name: ResourceName, createdAt: Date, current: DatasetVersion?, ingesting: DatasetVersion?) {
        self.name = name
        self.createdAt = createdAt
        self.current = current
        self.ingesting = ingesting
    }

    /// Whether it is the dataset that something made at `time` was made of, and not one that has been made since under the name
    /// of a deleted one.
    public func wasThere(at time: Date) -> Bool { createdAt <= time }
}

/// One immutable state of a dataset.
public struct DatasetVersion: Sendable, Equatable {
    public enum State: String, Sendable, Codable {
        /// Its photos are still coming; nobody sees them.
        case ingesting
        case ready
        /// Its ingest failed or was cancelled: it never became visible and holds nothing.
        case failed
    }

    /// What made it.
    public enum Origin: String, Sendable, Codable {
        case upload, importing = "import", images, relabel, removal
    }

    public let dataset: ResourceName
    /// Counted from 1.
    public let number: Int
    public let state: State
    public let origin: Origin
    public let createdAt: Date
    /// The job that has ingested it, where there was one.
    public let job: JobID?
    public let imageCount: Int
    /// Files that were offered and could not be used.
    public let refusedCount: Int
    /// Files of its archive that were passed over: hidden ones, and what operating systems leave behind.
    public let ignoredCount: Int

    public init(
        dataset: ResourceName, number: Int, state: State, origin: Origin, createdAt: Date, job: JobID?, imageCount: Int,
        refusedCount: Int, ignoredCount: Int
    ) {
        self.dataset = dataset
        self.number = number
        self.state = state
        self.origin = origin
        self.createdAt = createdAt
        self.job = job
        self.imageCount = imageCount
        self.refusedCount = refusedCount
        self.ignoredCount = ignoredCount
    }
}

/// How many photos a label has, and how many of them the last training used for what.
public struct LabelCount: Sendable, Equatable {
    public let label: Label
    public var images: Int
    /// Of the last training on this dataset; photos that came since have no split yet.
    public var splits: [Split: Int]

    public init(label: Label, images: Int, splits: [Split: Int]) {
        self.label = label
        self.images = images
        self.splits = splits
    }
}

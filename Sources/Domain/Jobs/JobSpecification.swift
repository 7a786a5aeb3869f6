/// What a job is to do; fixed when it is submitted.
public enum JobSpecification: Sendable, Equatable, Codable {
    case ingest(IngestSpecification)
    case train(TrainSpecification)

    public var kind: Job.Kind {
        switch self {
        case .ingest: .ingest
        case .train: .train
        }
    }

    public var dataset: ResourceName {
        switch self {
        case .ingest(let ingest): ingest.dataset
        case .train(let train): train.dataset
        }
    }

    public var datasetVersion: Int {
        switch self {
        case .ingest(let ingest): ingest.version
        case .train(let train): train.datasetVersion
        }
    }

    public var model: ResourceName? {
        switch self {
        case .ingest: nil
        case .train(let train): train.model
        }
    }
}

/// Making a dataset's version of an archive.
public struct IngestSpecification: Sendable, Equatable, Codable {
    public enum Source: Sendable, Equatable, Codable {
        /// An uploaded archive, stored as a blob until it is ingested.
        case archive(digest: PhotoDigest, byteCount: Int)
        /// An archive that the job has to fetch first.
        case url(String)
    }

    /// Where an archive's photos have their labels.
    public enum Layout: String, Sendable, Codable, CaseIterable {
        /// A `labels.csv` where there is one, else folders.
        case automatic = "auto"
        /// `label/photo.jpg`; one folder around all of them is skipped.
        case folders
        /// `Label_12.jpg`, as in the Oxford-IIIT Pet dataset.
        case fileName = "filename"
        /// `labels.csv`: a file name and a label a line.
        case csv
    }

    public enum Mode: String, Sendable, Codable, CaseIterable {
        /// The version holds what the archive holds.
        case replace
        /// The version holds that and what the one before it held.
        case add
    }

    public var dataset: ResourceName
    public var version: Int
    public var source: Source
    public var layout: Layout
    public var mode: Mode

    public init(dataset: ResourceName, version: Int = 0, source: Source, layout: Layout, mode: Mode) {
        self.dataset = dataset
        self.version = version
        self.source = source
        self.layout = layout
        self.mode = mode
    }
}

/// Fitting a head on a dataset's version.
public struct TrainSpecification: Sendable, Equatable, Codable {
    public var dataset: ResourceName
    public var datasetVersion: Int
    public var model: ResourceName
    public var backbone: String
    public var options: TrainingOptions
    /// What becomes of the alias `latest`.
    public var promotion: PromotionPolicy

    public init(
        dataset: ResourceName, datasetVersion: Int, model: ResourceName, backbone: String,
        options: TrainingOptions = TrainingOptions(), promotion: PromotionPolicy = .latest
    ) {
        self.dataset = dataset
        self.datasetVersion = datasetVersion
        self.model = model
        self.backbone = backbone
        self.options = options
        self.promotion = promotion
    }
}

/// When a newly trained version becomes the one that `latest` names.
public enum PromotionPolicy: String, Sendable, Codable, CaseIterable {
    case latest
    /// Only when its validation accuracy is at least that of the version that `latest` names now, on the same dataset; also
    /// when the two cannot be compared.
    case ifBetter = "if-better"
    /// Never by itself.
    case manual
}

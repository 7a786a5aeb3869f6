public import Foundation

/// A retrained model's immutable version: a head, what it was made of, and how good it is.
public struct ModelVersion: Sendable, Equatable, Codable {
    public let model: ResourceName
    /// Counted from 1.
    public let number: Int
    public let createdAt: Date
    public let job: JobID?
    /// What it was trained on; nil where it was trained elsewhere and imported.
    public let dataset: ResourceName?
    public let datasetVersion: Int?
    public let backbone: String
    /// SHA-256 of the backbone's file.
    public let backboneHash: String
    public let fit: FitMode
    public let recipe: TrainingOptions.Recipe
    public let labels: [Label]
    /// The blob that holds the head: a Regraft bundle.
    public let head: PhotoDigest
    /// The blob that holds the evaluation: JSON.
    public let evaluation: PhotoDigest
    public let metrics: JobMetrics
    /// Photos that the head is tried on before it answers anybody, and what it said of them when it was made.
    public let golden: [GoldenPhoto]
    /// Where it comes from; nil where it was trained here.
    public let imported: ModelImport?

    public init(
        model: ResourceName, number: Int, createdAt: Date, job: JobID?, dataset: ResourceName?, datasetVersion: Int?,
        backbone: String, backboneHash: String, fit: FitMode, recipe: TrainingOptions.Recipe, labels: [Label],
        head: PhotoDigest, evaluation: PhotoDigest, metrics: JobMetrics, golden: [GoldenPhoto],
        imported: ModelImport? = nil
    ) {
        self.model = model
        self.number = number
        self.createdAt = createdAt
        self.job = job
        self.dataset = dataset
        self.datasetVersion = datasetVersion
        self.backbone = backbone
        self.backboneHash = backboneHash
        self.fit = fit
        self.recipe = recipe
        self.labels = labels
        self.head = head
        self.evaluation = evaluation
        self.metrics = metrics
        self.golden = golden
        self.imported = imported
    }

    /// The same with a number and a time.
    public func numbered(_ number: Int, at time: Date) -> ModelVersion {
        ModelVersion(
            model: model, number: number, createdAt: time, job: job, dataset: dataset, datasetVersion: datasetVersion,
            backbone: backbone, backboneHash: backboneHash, fit: fit, recipe: recipe, labels: labels, head: head,
            evaluation: evaluation, metrics: metrics, golden: golden, imported: imported)
    }
}

/// A photo and the answer that a head gave to it when it was made.
public struct GoldenPhoto: Sendable, Equatable, Codable {
    public let digest: PhotoDigest
    /// `[labels]`
    public let probabilities: [Float]

    public init(digest: PhotoDigest, probabilities: [Float]) {
        self.digest = digest
        self.probabilities = probabilities
    }
}

/// A name that moves from version to version.
public struct ModelAlias: Sendable, Equatable {
    public let model: ResourceName
    public let alias: ResourceName
    public let version: Int
    /// Counts its moves: what `If-Match` compares.
    public let generation: Int
    public let movedAt: Date

    public static let latest = ResourceName(trusted: "latest")

    public init(model: ResourceName, alias: ResourceName, version: Int, generation: Int, movedAt: Date) {
        self.model = model
        self.alias = alias
        self.version = version
        self.generation = generation
        self.movedAt = movedAt
    }
}

/// A model as lists show it.
public struct Model: Sendable, Equatable {
    public let name: ResourceName
    public let createdAt: Date
    public let newestVersion: Int
    public let aliases: [ModelAlias]

    public init(name: ResourceName, createdAt: Date, newestVersion: Int, aliases: [ModelAlias]) {
        self.name = name
        self.createdAt = createdAt
        self.newestVersion = newestVersion
        self.aliases = aliases
    }
}

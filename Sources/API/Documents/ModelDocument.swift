import Domain
import Foundation
import Serving

struct AliasDocument: Encodable {
    var model: String
    var alias: String
    var version: Int
    var generation: Int
    var movedAt: Date
    /// The version that answers: another one where that of the alias is damaged, none where no earlier one is better. Left out
    /// where it was not asked for.
    var servingVersion: Nullable<Int>?
    /// Why none answers; left out where one does.
    var obstacle: String?

    init(_ alias: ModelAlias) {
        model = alias.model.text
        self.alias = alias.alias.text
        version = alias.version
        generation = alias.generation
        movedAt = alias.movedAt
    }

    init(_ alias: ModelAlias, in registry: ModelRegistry) {
        self.init(alias)
        servingVersion = Nullable(registry.model(alias.model, alias: alias.alias)?.version.number)
        obstacle = registry.obstacle(alias.model, alias: alias.alias)
    }
}

struct ModelSummary: Encodable {
    var name: String
    var createdAt: Date
    var newestVersion: Int
    /// Version by alias.
    var aliases: [String: Int]

    init(_ model: Model) {
        name = model.name.text
        createdAt = model.createdAt
        newestVersion = model.newestVersion
        aliases = Dictionary(model.aliases.map { ($0.alias.text, $0.version) }) { first, _ in first }
    }
}

struct ModelList: Encodable {
    var models: [ModelSummary]
    var nextCursor: Nullable<String>
}

struct ModelDocument: Encodable {
    var name: String
    var createdAt: Date
    var aliases: [AliasDocument]
    /// The newest first.
    var versions: [ModelVersionDocument]
    var nextCursor: Nullable<String>
}

struct ModelVersionDocument: Encodable {
    var model: String
    var version: Int
    var createdAt: Date
    var origin: Origin
    var job: Nullable<String>
    /// That it was trained on; null where it was imported.
    var dataset: Nullable<String>
    var datasetVersion: Nullable<Int>
    /// Where it comes from; null where it was trained here.
    var imported: Nullable<ModelImportDocument>
    var backbone: String
    var backboneSha256: String
    var fit: FitMode
    var recipe: TrainingOptions.Recipe
    var labels: [String]
    var headSha256: String
    var metrics: JobDocument.Metrics

    enum Origin: String, Encodable { case trained, imported }

    init(_ version: ModelVersion) {
        model = version.model.text
        self.version = version.number
        createdAt = version.createdAt
        origin = version.imported == nil ? .trained : .imported
        job = Nullable(version.job?.text)
        dataset = Nullable(version.dataset?.text)
        datasetVersion = Nullable(version.datasetVersion)
        imported = Nullable(version.imported.map(ModelImportDocument.init))
        backbone = version.backbone
        backboneSha256 = version.backboneHash
        fit = version.fit
        recipe = version.recipe
        labels = version.labels.map(\.text)
        headSha256 = version.head.description
        metrics = JobDocument.Metrics(version.metrics)
    }
}

/// Where an imported version comes from, as its file says. What there is nothing of is null.
struct ModelImportDocument: Encodable {
    var model: Nullable<String>
    var version: Nullable<Int>
    var dataset: String
    var datasetVersion: Nullable<Int>
    var createdAt: Nullable<Date>
    /// The Regraft that wrote the file.
    var regraft: String
    /// Of the file.
    var sha256: String

    init(_ source: ModelImport) {
        model = Nullable(source.model)
        version = Nullable(source.version)
        dataset = source.dataset
        datasetVersion = Nullable(source.datasetVersion)
        createdAt = Nullable(source.createdAt)
        regraft = source.regraft
        sha256 = source.file.description
    }
}

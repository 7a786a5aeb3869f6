public import Domain
public import Foundation

/// Where the model in a bundle comes from. For people to read: nothing of it is checked, and nothing is decided by it.
public struct ModelProvenance: Sendable, Equatable, Codable {
    /// The Regraft that wrote the file.
    public var regraft: String
    /// What the model was called on the server that exported it; nil where `regraft retrain` wrote it.
    public var model: String?
    public var version: Int?
    /// What it was trained on: a dataset's name, or a folder's.
    public var dataset: String
    public var datasetVersion: Int?
    /// When it was trained; nil where that is not known. `regraft retrain` leaves it out, so that the same run writes the same
    /// file.
    public var createdAt: Date?
    public var recipe: TrainingOptions.Recipe
    public var metrics: JobMetrics

    public init(
        regraft: String, model: String?, version: Int?, dataset: String, datasetVersion: Int?, createdAt: Date?,
        recipe: TrainingOptions.Recipe, metrics: JobMetrics
    ) {
        self.regraft = regraft
        self.model = model
        self.version = version
        self.dataset = dataset
        self.datasetVersion = datasetVersion
        self.createdAt = createdAt
        self.recipe = recipe
        self.metrics = metrics.finite
    }

    /// In UTC, with milliseconds.
    private static let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(date.rfc3339)
        }
        return try encoder.encode(self)
    }

    init(decoding data: Data) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.dateDecodingStrategy = .custom { decoder in
            try Self.time.parse(try decoder.singleValueContainer().decode(String.self))
        }
        self = try decoder.decode(Self.self, from: data)
    }
}

extension JobMetrics {
    /// JSON has no way to write the loss of a training that has diverged: it is nothing.
    fileprivate var finite: JobMetrics {
        var metrics = self
        for number in [\JobMetrics.trainAccuracy, \.validationAccuracy, \.testAccuracy, \.crossEntropy]
        where metrics[keyPath: number]?.isFinite == false {
            metrics[keyPath: number] = nil
        }
        return metrics
    }
}

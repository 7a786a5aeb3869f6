public import Domain
public import Foundation
import Training

/// How good a model's version is, as it is kept and sent: JSON, snake_case. Fields are only ever added.
public struct EvaluationDocument: Sendable, Codable, Equatable {
    public static let format = "regraft-evaluation"

    public var format = Self.format
    public var version = 1
    public var dataset: String
    public var datasetVersion: Int
    public var backbone: String
    public var recipe: TrainingOptions.Recipe
    /// How the head was come by, in sentences.
    public var notes: [String]
    /// Photos in each split.
    public var trainImages: Int
    public var validationImages: Int
    public var testImages: Int
    /// On the test photos, which took part in no fit and no choice; null where there are none.
    public var accuracy: Double?
    /// Of the accuracy, 95 %, by Wilson's score.
    public var accuracyInterval: [Double]?
    /// Mean of −log p(true class), in nats.
    public var logLoss: Double?
    public var validationAccuracy: Double?
    public var classes: [ClassEntry]
    /// Only what occurs: `[true class, predicted class, photos]`.
    public var confusion: [[Int]]
    /// The most confident first.
    public var misclassified: [Mistake]

    public struct ClassEntry: Sendable, Codable, Equatable {
        public var label: String
        public var support: Int
        public var precision: Double?
        public var recall: Double?
        public var f1: Double?
    }

    public struct Mistake: Sendable, Codable, Equatable {
        public var image: Int64
        public var path: String
        public var label: String
        public var predicted: String
        /// That the head gave to its answer: 0…1.
        public var probability: Double
    }

    init(_ trained: TrainedHead, _ specification: TrainSpecification) {
        let evaluation = trained.evaluation
        let labels = trained.fitted.head.labels
        let hasTest = evaluation.metrics.count > 0
        dataset = specification.dataset.text
        datasetVersion = specification.datasetVersion
        backbone = specification.backbone
        recipe = trained.options.recipe
        notes = trained.fitted.notes + trained.abstention.notes
        trainImages = trained.set.train.count
        validationImages = trained.set.validation.count
        testImages = trained.set.test.count
        accuracy = hasTest ? evaluation.metrics.accuracy : nil
        accuracyInterval = hasTest ? [evaluation.interval.lower, evaluation.interval.upper] : nil
        logLoss = hasTest ? evaluation.metrics.crossEntropy : nil
        validationAccuracy = trained.fitted.validation?.accuracy
        classes = evaluation.confusion.reports.map {
            ClassEntry(label: $0.label, support: $0.support, precision: $0.precision, recall: $0.recall, f1: $0.f1)
        }
        confusion = evaluation.confusion.cells.map { [$0.truth, $0.predicted, $0.count] }
        misclassified = evaluation.mistakes.map { mistake in
            let image = trained.testedPhotos[mistake.index]
            return Mistake(
                image: image.id, path: image.path, label: labels[mistake.truth], predicted: labels[mistake.predicted],
                probability: Double(mistake.probability))
        }
    }

    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    public init(decoding data: Data) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(EvaluationDocument.self, from: data)
    }
}

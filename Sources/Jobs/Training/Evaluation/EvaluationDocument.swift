public import Domain
public import Foundation
public import Training

/// How good a model's version is, as it is kept and sent: JSON, snake_case; what there is nothing of is null. Fields are only
/// ever added. It grows with classes, test photos and mistakes, and never with the square of the classes. Shares are 0…1;
/// `docs/evaluation.md` says what each number means.
public struct EvaluationDocument: Sendable, Codable, Equatable {
    public static let format = "regraft-evaluation"
    /// Mistakes that are listed.
    public static let mistakeLimit = 1_000

    public var format = Self.format
    public var version = 2
    public var dataset: String
    /// Null where it was trained on a folder.
    @Explicit public var datasetVersion: Int?
    public var backbone: String
    @Explicit public var fit: FitMode?
    public var recipe: TrainingOptions.Recipe
    /// What was tried, and how the head was come by, in sentences.
    public var notes: [String]
    /// What was compared to choose the settings; null where nothing was.
    @Explicit public var selection: SelectionEntry?
    /// What else was tried; null in an evaluation from before this was kept.
    @Explicit public var trials: [TrialEntry]?
    /// The first is what to mend first.
    @Explicit public var verdict: [Finding]?
    /// Whether it may answer: what was decided when it was made, by which numbers. Null where nothing was to decide.
    @Explicit public var promotion: PromotionDecision?
    /// Photos in each split.
    public var trainImages: Int
    public var validationImages: Int
    public var testImages: Int
    /// On the test photos, which took part in no fit and no choice of settings; null where there are none.
    @Explicit public var accuracy: Double?
    /// Of the accuracy, 95 %, by Wilson's score.
    @Explicit public var accuracyInterval: [Double]?
    /// Null of five classes and fewer.
    @Explicit public var topFiveAccuracy: Double?
    /// Mean of −log p(true class), in nats.
    @Explicit public var logLoss: Double?
    /// Of the photos that it was fitted on: at most 2,000 of them.
    @Explicit public var trainAccuracy: Double?
    @Explicit public var trainLogLoss: Double?
    @Explicit public var validationAccuracy: Double?
    /// Of train and validation photos, by heads that had not seen them.
    @Explicit public var heldOut: HeldOutEntry?
    public var classes: [ClassEntry]
    /// Only what occurs: `[true class, predicted class, photos]`.
    public var confusion: [[Int]]
    @Explicit public var precisionRecall: [PrecisionRecallEntry]?
    @Explicit public var calibration: CalibrationEntry?
    @Explicit public var threshold: ThresholdEntry?
    @Explicit public var unknown: UnknownEntry?
    /// The most confident first; at most `mistakeLimit`.
    public var misclassified: [Mistake]
    /// How many there are.
    @Explicit public var misclassifiedImages: Int?
    @Explicit public var doubtfulLabels: DoubtfulLabelEntry?
    @Explicit public var curve: [TrainingCurve.Point]?
    /// Of the dataset's images, those that it was tested on, ascending: with these, two versions can be compared.
    @Explicit public var testImageIds: [Int64]?
    /// Those that its settings were chosen by. The others with one of its labels were fitted on.
    @Explicit public var validationImageIds: [Int64]?

    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    public init(decoding data: Data) throws { self = try Self.decoded(data) }

    /// The mistakes alone, since a page of them should not cost the making of all the rest.
    public static func mistakes(decoding data: Data) throws -> [Mistake] {
        struct Mistakes: Decodable { var misclassified: [Mistake] }
        return try decoded(data, as: Mistakes.self).misclassified
    }

    /// What of a dataset's images a version was tested on and chosen by, alone.
    public struct Splits: Sendable, Decodable {
        /// Nil in an evaluation from before this was kept.
        public let testImageIds: Set<Int64>?
        public let validationImageIds: Set<Int64>?

        public init(decoding data: Data) throws { self = try EvaluationDocument.decoded(data) }
    }

    private static func decoded<Value: Decodable>(_ data: Data, as type: Value.Type = Value.self) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: data)
    }
}

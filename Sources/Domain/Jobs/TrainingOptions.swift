/// Everything about a training that can be chosen, beside what it is trained on; with `retrain.py`'s defaults where it has
/// one.
public struct TrainingOptions: Sendable, Equatable, Codable {
    public enum Recipe: String, Sendable, Codable, CaseIterable {
        /// The best linear head, found by cross-validation.
        case auto
        /// The loop of TensorFlow's `retrain.py`.
        case retrain
    }

    public var recipe = Recipe.auto
    public var fit = FitOption.crop
    /// What the answers that a model gives are to be: the part of them that is right, 0…1; of what is less sure it says that it
    /// does not know.
    public var targetPrecision = 0.95
    /// A label whose photos are of none of the classes: the model learns to tell them from these, and never answers with it.
    public var noneLabel: Label?
    /// Everything random but the distorted views follows from it.
    public var seed: UInt64 = 0
    /// Percent of the photos.
    public var validationPercentage = 10
    public var testingPercentage = 10
    public var distortions = Distortions()
    /// Distorted views a photo, where there are distortions.
    public var views = 4
    /// Steps between two points of the curves.
    public var evaluationInterval = 10
    // Of the recipe `retrain`:
    public var steps = 4000
    public var learningRate = 0.01
    public var trainBatchSize = 100
    /// −1: all validation photos.
    public var validationBatchSize = 100

    public init() {}
}

/// How photos become a backbone's input, as somebody may ask for it.
public enum FitOption: String, Sendable, CaseIterable, Codable {
    case crop, squash, pad
    /// Crop or squash: what the photos are recognised better by.
    case auto

    /// Nil where it has to be found out.
    public var mode: FitMode? { FitMode(rawValue: rawValue) }
}

extension TrainingOptions {
    private enum CodingKeys: String, CodingKey {
        case recipe, fit, targetPrecision, noneLabel, seed, validationPercentage, testingPercentage, distortions, views
        case evaluationInterval, steps, learningRate, trainBatchSize, validationBatchSize
    }

    /// What was stored before there was an option has that option's default.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_ key: CodingKeys, _ option: WritableKeyPath<TrainingOptions, Value>) throws {
            if let value = try fields.decodeIfPresent(Value.self, forKey: key) { self[keyPath: option] = value }
        }
        self.init()
        try read(.recipe, \.recipe)
        try read(.fit, \.fit)
        try read(.targetPrecision, \.targetPrecision)
        noneLabel = try fields.decodeIfPresent(Label.self, forKey: .noneLabel)
        try read(.seed, \.seed)
        try read(.validationPercentage, \.validationPercentage)
        try read(.testingPercentage, \.testingPercentage)
        try read(.distortions, \.distortions)
        try read(.views, \.views)
        try read(.evaluationInterval, \.evaluationInterval)
        try read(.steps, \.steps)
        try read(.learningRate, \.learningRate)
        try read(.trainBatchSize, \.trainBatchSize)
        try read(.validationBatchSize, \.validationBatchSize)
    }
}

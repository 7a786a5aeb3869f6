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
    public var fit = FitMode.crop
    /// Everything random follows from it.
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

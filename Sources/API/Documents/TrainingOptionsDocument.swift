import Domain

/// A training's options under the names that they are posted by: posted again, they ask for the same.
struct TrainingOptionsDocument: Encodable {
    var recipe: TrainingOptions.Recipe
    var fit: FitOption
    var targetPrecision: Double
    var noneLabel: String?
    var seed: UInt64
    var validationPercentage: Int
    var testingPercentage: Int
    var evalStepInterval: Int
    var flipLeftRight: Bool
    var randomCrop: Int
    var randomScale: Int
    var randomBrightness: Int
    var views: Int
    var promotion: PromotionPolicy
    /// Only of the recipe `retrain`; with another one they would be refused.
    var howManyTrainingSteps: Int?
    var learningRate: Double?
    var trainBatchSize: Int?
    var validationBatchSize: Int?

    init(_ training: TrainSpecification) {
        let options = training.options
        recipe = options.recipe
        fit = options.fit
        targetPrecision = options.targetPrecision
        noneLabel = options.noneLabel?.text
        seed = options.seed
        validationPercentage = options.validationPercentage
        testingPercentage = options.testingPercentage
        evalStepInterval = options.evaluationInterval
        flipLeftRight = options.distortions.flipLeftRight
        randomCrop = options.distortions.cropPercent
        randomScale = options.distortions.scalePercent
        randomBrightness = options.distortions.brightnessPercent
        views = options.views
        promotion = training.promotion
        guard options.recipe == .retrain else { return }
        howManyTrainingSteps = options.steps
        learningRate = options.learningRate
        trainBatchSize = options.trainBatchSize
        validationBatchSize = options.validationBatchSize
    }
}

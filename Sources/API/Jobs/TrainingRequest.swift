import Domain
import Foundation

/// A training as a client asks for it.
struct TrainingRequest {
    let dataset: ResourceName
    let datasetVersion: Int?
    let model: ResourceName
    let backbone: String
    let options: TrainingOptions
    let promotion: PromotionPolicy
    let priority: Int

    /// - Returns: nil where a required field is missing or wrong, which `fields` has noted.
    init?(_ fields: inout FieldReader, _ settings: APIEnvironment.Settings) {
        let dataset = fields.require(fields.name("dataset", kind: "dataset"), "dataset")
        datasetVersion = fields.integer("dataset_version", in: 1...Int(Int32.max))
        let model = fields.name("model", kind: "model")
        backbone = fields.string("backbone") ?? settings.defaultBackbone
        promotion = fields.choice("promotion", as: PromotionPolicy.self) ?? settings.promotion
        priority = fields.integer("priority", in: -100...100) ?? 0
        options = Self.options(&fields, settings.defaultOptions)
        guard let dataset else { return nil }
        self.dataset = dataset
        self.model = model ?? dataset
    }

    private static func options(_ fields: inout FieldReader, _ defaults: TrainingOptions) -> TrainingOptions {
        var options = defaults
        options.recipe = fields.choice("recipe", as: TrainingOptions.Recipe.self) ?? options.recipe
        options.fit = fields.choice("fit", as: FitOption.self) ?? options.fit
        options.targetPrecision = fields.number("target_precision", in: 0.5...1) ?? options.targetPrecision
        options.noneLabel = fields.label("none_label") ?? options.noneLabel
        options.seed = fields.integer("seed", in: 0...Int.max).map(UInt64.init) ?? options.seed
        options.validationPercentage =
            fields.integer("validation_percentage", in: 0...90) ?? options.validationPercentage
        options.testingPercentage = fields.integer("testing_percentage", in: 0...90) ?? options.testingPercentage
        if options.validationPercentage + options.testingPercentage >= 100 {
            fields.fail("testing_percentage", "Together with validation_percentage it must be below 100.")
        }
        options.evaluationInterval =
            fields.integer("eval_step_interval", in: 1...1_000_000) ?? options.evaluationInterval
        options.distortions.flipLeftRight = fields.bool("flip_left_right") ?? options.distortions.flipLeftRight
        options.distortions.cropPercent = fields.integer("random_crop", in: 0...1000) ?? 0
        options.distortions.scalePercent = fields.integer("random_scale", in: 0...1000) ?? 0
        options.distortions.brightnessPercent = fields.integer("random_brightness", in: 0...1000) ?? 0
        options.views = fields.integer("views", in: 1...64) ?? options.views
        let ofRetrain = ["how_many_training_steps", "learning_rate", "train_batch_size", "validation_batch_size"]
        let given = ofRetrain.filter { fields.value($0) != nil }
        if options.recipe != .retrain, let name = given.first {
            fields.fail(name, "It has no effect without \"recipe\": \"retrain\".")
        }
        options.steps = fields.integer("how_many_training_steps", in: 1...1_000_000) ?? options.steps
        options.learningRate = fields.number("learning_rate", in: 1e-9...1e6) ?? options.learningRate
        options.trainBatchSize = fields.integer("train_batch_size", in: 1...100_000) ?? options.trainBatchSize
        options.validationBatchSize =
            fields.integer("validation_batch_size", in: -1...100_000) ?? options.validationBatchSize
        if options.validationBatchSize == 0 {
            fields.fail("validation_batch_size", "It must be -1, for all photos, or 1 or more.")
        }
        return options
    }

    /// The same for the same wish.
    var fingerprint: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let options = (try? encoder.encode(options)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return "\(dataset) \(datasetVersion ?? 0) \(model) \(backbone) \(promotion.rawValue) \(priority) \(options)"
    }
}

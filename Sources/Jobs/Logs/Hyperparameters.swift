public import Domain
public import Formats

extension TrainingOptions {
    /// What the HPARAMS tab tells trainings by, under the names that the API and `retrain.py` have for it; without what has no
    /// effect in this training.
    /// - Parameters:
    ///   - fit: how photos became square, where that was found out.
    public func hyperparameters(dataset: String, backbone: String, fit: FitMode) -> [String: Hyperparameter] {
        func number(_ value: Int) -> Hyperparameter { .number(Double(value)) }
        var found: [String: Hyperparameter] = [
            "dataset": .text(dataset), "backbone": .text(backbone), "recipe": .text(recipe.rawValue),
            "fit": .text(fit.rawValue), "seed": .number(Double(seed)),
            "validation_percentage": number(validationPercentage), "testing_percentage": number(testingPercentage),
            "flip_left_right": .flag(distortions.flipLeftRight), "random_crop": number(distortions.cropPercent),
            "random_scale": number(distortions.scalePercent),
            "random_brightness": number(distortions.brightnessPercent),
            "views": number(distortions.viewCount(wanted: views)),
        ]
        if recipe == .retrain {
            found["how_many_training_steps"] = number(steps)
            found["learning_rate"] = .number(learningRate)
            found["train_batch_size"] = number(trainBatchSize)
            found["validation_batch_size"] = number(validationBatchSize)
        }
        return found
    }
}

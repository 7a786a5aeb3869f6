import ArgumentParser
import Domain
import Foundation
import Jobs
import Training
import Workers

/// How unknown photos seem to a model of others, so that what tells them can be measured beside other ways.
struct BenchUnknownCommand: Measurement {
    static let configuration = CommandConfiguration(
        commandName: "unknown",
        abstract: "Writes how unknown bottlenecks seem to a model that is fitted on others.",
        discussion: "All arrays are as numpy.save writes them. The model is what the recipe auto makes of all photos.")

    @Option(name: .customLong("features"), help: "float32 [photos, features]: what the model is fitted on.")
    var features: String

    @Option(name: .customLong("classes"), help: "int64 [photos], each 0 or above.")
    var classes: String

    @Option(name: .customLong("queries"), help: "float32 [queries, features]: what is asked of it.")
    var queries: String

    @Option(name: .customLong("out"), help: "float32 [queries]: 0 for known to 1 for unknown.")
    var output: String

    @Option(name: .tutorial("architecture"), help: "The backbone that the features are of.")
    var architecture = "efficientnet-lite0"

    @Option(name: .tutorial("model_dir"), help: "A folder with descriptors and networks of your own.")
    var modelDir: String?

    func measure(_ pool: WorkerPool) async throws {
        let command = self
        let (set, asked, classifier) = try await pool.run { _ in
            let (features, asked) = (
                try FeatureMatrix(numPyFile: command.features), try FeatureMatrix(numPyFile: command.queries)
            )
            guard asked.columns == features.columns else {
                throw NumPyFile.refusal(command.queries, "it must have \(features.columns) features")
            }
            let classes = try NumPyFile.integers(at: command.classes)
            guard classes.shape == [features.rows], let highest = classes.values.max(), (1..<10_000).contains(highest),
                classes.values.allSatisfy({ $0 >= 0 })
            else {
                throw NumPyFile.refusal(
                    command.classes, "its shape must be [\(features.rows)], and each class at least 0 and below 10000")
            }
            let backbone = try Installation.catalogue(modelFolder: command.modelDir).backbone(command.architecture)
            let set = TrainingSet(
                labels: (0...highest).map(String.init), train: Examples(features: features, classes: classes.values),
                validation: Examples(features: FeatureMatrix(columns: features.columns), classes: []),
                test: Examples(features: FeatureMatrix(columns: features.columns), classes: []),
                groups: Array(classes.values.indices), views: [])
            return (set, asked, try backbone.readClassifier())
        }
        let fitted = try await AutoRecipe(pool: pool, seed: 0).fit(set) { _ in }
        let abstention = try await AbstentionFit(targetPrecision: 0.95, classifier: classifier, pool: pool)
            .run(fitted, set)
        guard let detector = abstention.abstention.unknown else {
            throw RegraftError("no_detector", "There are too few photos to tell unknown ones by.")
        }
        try await pool.run { _ in
            let scores = detector.scores(
                asked, probabilities: fitted.head.probabilities(asked), classifier: classifier)
            try NumPyFile.floats(scores.map(Float.init), shape: [scores.count])
                .write(to: URL(fileURLWithPath: command.output))
        }
    }
}

public import ArgumentParser
public import Domain
import Formats

/// `retrain.py`'s flags, in its spelling and with hyphens.
struct RetrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retrain",
        abstract: "Retrains the last layer of a backbone on a folder of photos, one subfolder a class.",
        discussion: "Every flag of TensorFlow's retrain.py is understood, spelt with underscores or with hyphens.")

    @Option(name: .tutorial("image_dir"), help: "Folder with one subfolder of photos a class.")
    var imageDir: String

    @OptionGroup(title: "What is written") var outputs: OutputOptions
    @OptionGroup(title: "How photos are divided") var split: SplitOptions
    @OptionGroup(title: "How the head is fitted") var fitting: FittingOptions
    @OptionGroup(title: "Distorted views of the photos to train on") var distortions: DistortionOptions
    @OptionGroup(title: "The backbone") var backbone: BackboneOptions

    func validate() throws {
        guard !imageDir.isEmpty else { throw ValidationError("--image_dir is empty; name the folder of photos.") }
        guard (0...100).contains(split.testingPercentage), (0...100).contains(split.validationPercentage),
            split.testingPercentage + split.validationPercentage < 100
        else {
            throw ValidationError(
                "--testing_percentage and --validation_percentage must be 0 or more and together below 100.")
        }
        do { try TensorFlowGraph.check(outputs.finalTensorName) } catch {
            throw ValidationError("--final_tensor_name: \(error.message)")
        }
        if let file = outputs.outputEvaluation?.lowercased() {
            guard file.hasSuffix(".json") || file.hasSuffix(".html") else {
                throw ValidationError("--output_evaluation must end in .json or .html; it is '\(file)'.")
            }
        }
        try Self.require("how_many_training_steps", fitting.steps ?? 1, in: 1...1_000_000_000)
        try Self.require("eval_step_interval", fitting.evalStepInterval, in: 1...1_000_000_000)
        try Self.require("intermediate_store_frequency", outputs.intermediateStoreFrequency, in: 0...1_000_000_000)
        guard (0.5...1).contains(fitting.targetPrecision) else {
            throw ValidationError("--target_precision must be 0.5 to 1; it is \(fitting.targetPrecision).")
        }
        try Self.require("train_batch_size", fitting.trainBatchSize ?? 1, in: 1...Self.largestBatch)
        for (name, size) in [
            ("test_batch_size", fitting.testBatchSize), ("validation_batch_size", fitting.validationBatchSize),
        ] where size != -1 {
            guard (1...Self.largestBatch).contains(size) else {
                throw ValidationError("--\(name) must be -1 (all photos) or 1 to \(Self.largestBatch); it is \(size).")
            }
        }
        guard (fitting.learningRate ?? 1) > 0, (fitting.learningRate ?? 1).isFinite else {
            throw ValidationError("--learning_rate must be above 0.")
        }
        for (name, percentage) in [
            "random_crop": distortions.randomCrop, "random_scale": distortions.randomScale,
            "random_brightness": distortions.randomBrightness,
        ] where !(0...1000).contains(percentage) {
            throw ValidationError("--\(name) is a percentage from 0 to 1000; it is \(percentage).")
        }
        guard (1...64).contains(distortions.views) else { throw ValidationError("--views must be 1 to 64.") }
    }

    /// A batch of more takes gigabytes, and says nothing that a smaller one does not.
    private static let largestBatch = 100_000

    private static func require(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws {
        guard range.contains(value) else {
            throw ValidationError(
                "--\(name) must be \(range.lowerBound) to \(range.upperBound); it is \(value).")
        }
    }

    func run() async throws {
        let command = self
        try await Interruption.run { try await RetrainRun(command).run() }
    }
}

struct OutputOptions: ParsableArguments {
    @Option(
        name: .tutorial("output_graph"),
        help: "The model: .pb, a TensorFlow graph; .onnx, an ONNX file; else a bundle, which label-image reads.")
    var outputGraph = "/tmp/output_graph.regraft"

    @Option(
        name: .tutorial("intermediate_output_graphs_dir"),
        help: "Where models of intermediate steps go, in the format of --output_graph.")
    var intermediateOutputGraphsDir = "/tmp/intermediate_graph/"

    @Option(
        name: .tutorial("intermediate_store_frequency"), parsing: .unconditional,
        help:
            "Steps between intermediate models, intermediate_<step>.pb, .onnx or .json (as label-image reads it); 0: none."
    )
    var intermediateStoreFrequency = 0

    @Option(name: .tutorial("output_labels"), help: "The labels, one a line.")
    var outputLabels = "/tmp/output_labels.txt"

    @Flag(
        name: .tutorial("normalize_labels"),
        help: "Spell the labels in that file as retrain.py did: lower case, a-z, 0-9 and spaces only.")
    var normalizeLabels = false

    @Option(
        name: .tutorial("output_evaluation"),
        help: "How good it is, and what to do next: a .json for programs, an .html to read.")
    var outputEvaluation: String?

    @Option(
        name: .tutorial("summaries_dir"),
        help: "For TensorBoard; never deleted: where something is in it, a new folder inside. Empty: none.")
    var summariesDir = "/tmp/retrain_logs"

    @Option(name: .tutorial("final_tensor_name"), help: "The output's name in a TensorFlow graph.")
    var finalTensorName = TensorFlowGraph.defaultOutput

    @Flag(name: .tutorial("print_misclassified_test_images"), help: "List every test photo that came out wrong.")
    var printMisclassified = false
}

struct SplitOptions: ParsableArguments {
    @Option(name: .tutorial("testing_percentage"), parsing: .unconditional, help: "Photos that are only measured on.")
    var testingPercentage = 10

    @Option(
        name: .tutorial("validation_percentage"), parsing: .unconditional,
        help: "Photos that are watched, and chosen by, while training.")
    var validationPercentage = 10
}

struct FittingOptions: ParsableArguments {
    @Option(
        name: .customLong("recipe"),
        help: "auto: the best linear head, found by cross-validation; retrain: the tutorial's.")
    var recipe = TrainingOptions.Recipe.auto

    @Option(
        name: .customLong("seed"), parsing: .unconditional,
        help: "Everything random but the distorted views follows from it.")
    var seed: UInt64 = 0

    @Option(
        name: .customLong("target_precision"), parsing: .unconditional,
        help: "The part of the answers that is to be right, 0.5 to 1; of less sure ones the model says so.")
    var targetPrecision = 0.95

    @Option(
        name: .customLong("none_label"),
        help: "A subfolder of photos of none of the classes: no class, but told from them.")
    var noneLabel: String?

    @Option(
        name: .tutorial("how_many_training_steps"), parsing: .unconditional,
        help: "Recipe retrain: steps. (default: 4000)")
    var steps: Int?

    @Option(name: .tutorial("learning_rate"), parsing: .unconditional, help: "Recipe retrain. (default: 0.01)")
    var learningRate: Double?

    @Option(
        name: .tutorial("eval_step_interval"), parsing: .unconditional, help: "Steps between two printed evaluations.")
    var evalStepInterval = 10

    @Option(
        name: .tutorial("train_batch_size"), parsing: .unconditional,
        help: "Recipe retrain: photos a step. (default: 100)")
    var trainBatchSize: Int?

    @Option(
        name: .tutorial("test_batch_size"), parsing: .unconditional,
        help: "Test photos of the final test; -1: all, once each.")
    var testBatchSize = -1

    @Option(
        name: .tutorial("validation_batch_size"), parsing: .unconditional,
        help: "Recipe retrain: photos of each evaluation; -1: all.")
    var validationBatchSize = 100
}

extension TrainingOptions.Recipe: ExpressibleByArgument {}

struct DistortionOptions: ParsableArguments {
    @Flag(name: .tutorial("flip_left_right"), help: "Mirror half of the views.")
    var flipLeftRight = false

    @Option(
        name: .tutorial("random_crop"), parsing: .unconditional,
        help: "Margin, in percent, within which the crop box is moved.")
    var randomCrop = 0

    @Option(name: .tutorial("random_scale"), parsing: .unconditional, help: "Enlarge by up to so many percent.")
    var randomScale = 0

    @Option(
        name: .tutorial("random_brightness"), parsing: .unconditional,
        help: "Brighten or darken by up to so many percent.")
    var randomBrightness = 0

    @Option(
        name: .customLong("views"), parsing: .unconditional,
        help: "Distorted views a photo, where there are distortions.")
    var views = 4

    var distortions: Distortions {
        Distortions(
            flipLeftRight: flipLeftRight, cropPercent: randomCrop, scalePercent: randomScale,
            brightnessPercent: randomBrightness)
    }
}

struct BackboneOptions: ParsableArguments {
    @Option(name: .tutorial("architecture"), help: "The backbone; `regraft backbones` lists them.")
    var architecture = "efficientnet-lite0"

    @Option(name: .tutorial("model_dir"), help: "A folder with descriptors and networks of your own.")
    var modelDir: String?

    @Option(name: .tutorial("bottleneck_dir"), help: "Where bottlenecks are kept from run to run.")
    var bottleneckDir = "/tmp/bottleneck"

    @Option(
        name: .customLong("fit"),
        help: "How a photo becomes a square: crop, squash, pad, or auto: crop or squash, by cross-validation.")
    var fit = FitOption.crop
}

extension FitOption: ExpressibleByArgument {}

extension FitMode: ExpressibleByArgument {}

extension NameSpecification {
    /// A flag of `retrain.py`, as it spells it and as people expect it.
    static func tutorial(_ name: String) -> NameSpecification {
        [.customLong(name), .customLong(name.replacing("_", with: "-"))]
    }
}

import ArgumentParser
import Domain
import Formats
import Foundation
import Images
import Inference
import Serving
import Training
import Workers

/// The tutorial's `label_image.py`.
struct LabelImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label-image", abstract: "Says what is on a photo, with a retrained model.",
        aliases: ["label_image"])

    @Option(name: .customLong("graph"), help: "The bundle that `regraft retrain` wrote.")
    var graph = "/tmp/output_graph.regraft"

    @Option(name: .customLong("labels"), help: "Other names for its classes, one a line. (default: its own)")
    var labels: String?

    @Option(name: .customLong("image"), parsing: .upToNextOption, help: "One photo or several.")
    var images: [String]

    @Option(name: .tutorial("top_k"), help: "How many answers.")
    var topK = 5

    @OptionGroup(title: "Of label_image.py; here the model knows these itself") var ignored: LabelImageOptions

    @Option(name: .tutorial("model_dir"), help: "A folder with descriptors and networks of your own.")
    var modelDir: String?

    func validate() throws {
        guard !images.isEmpty else { throw ValidationError("--image needs at least one photo.") }
        guard topK > 0 else { throw ValidationError("--top_k must be at least 1.") }
    }

    func run() async throws {
        let command = self
        try await Interruption.run {
            let pool = WorkerPool(name: "label-image", width: 1)
            try await pool.run { cancellation in try command.labelAll(cancellation) }
        }
    }

    private func labelAll(_ cancellation: CancellationFlag) throws {
        sayWhatIsNotUsed()
        let bundle: HeadBundle
        do { bundle = try ModelBundle.head(decoding: try Self.read(graph, what: "The model")) } catch let error
            as RegraftError
            where error.code == "invalid_bundle"
        {
            let isExport = ["pb", "onnx"].contains(URL(fileURLWithPath: graph).pathExtension.lowercased())
            throw RegraftError(
                error.code,
                "\(Console.printable(graph)): \(error.message)"
                    + (isExport
                        ? " Files for TensorFlow and ONNX Runtime are read by those (docs/exports.md shows how); for "
                            + "label-image run `regraft retrain` with an --output_graph that ends in .regraft."
                        : ""))
        }
        let names = try labelNames(of: bundle)
        let backbone = try Installation.catalogue(modelFolder: modelDir).backbone(bundle.backboneID)
        try bundle.check(against: backbone)
        let classifier = try backbone.readClassifier()
        try bundle.check(against: classifier)
        let session = try OpenVINOEngine(backbone, streams: 1).makeSession()
        let decoder = PhotoDecoder()
        let preprocessing = backbone.descriptor.preprocessing(bundle.fit)
        var failures = 0
        for image in images {
            try cancellation.check()
            if images.count > 1 { Console.say("\(Console.printable(image)):") }
            do {
                let file = try ImageFolder.read(URL(fileURLWithPath: image), limit: ImageLimits().maximumBytes)
                let start = ContinuousClock.now
                try file.withUnsafeBytes { try decoder.decode($0, preprocessing, into: session.input) }
                try session.run()
                let features = FeatureMatrix([Array(session.output(.features))])
                let probabilities = bundle.head.probabilities(features)
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                Console.say(String(format: "Evaluation time (1-image): %.3fs", seconds))
                for index in probabilities.indices.sorted(by: { probabilities[$0] > probabilities[$1] }).prefix(topK) {
                    Console.say(
                        "\(Console.printable(names[index])) (score=\(String(format: "%.5f", probabilities[index])))")
                }
                let judgement = bundle.abstention?.judge(
                    Array(session.output(.features)), probabilities: probabilities, classifier: classifier)
                switch judgement?.reason {
                case .unknown: Console.say("(unknown: it seems to be of none of these classes)")
                case .unsure: Console.say("(unsure: of answers like this one too many are wrong)")
                case nil: break
                }
            } catch let error as ImageError {
                failures += 1
                Console.warn("Error: \(Console.printable(image)) cannot be used: \(error.reason).")
            }
        }
        if failures == images.count { throw ExitCode.failure }
        if failures > 0 { throw ExitCode.incomplete }
    }

    private func sayWhatIsNotUsed() {
        if !ignored.given.isEmpty {
            Console.warn(
                "Note: the model knows these itself, so there is no effect of \(ignored.given.joined(separator: ", "))."
            )
        }
    }

    private func labelNames(of bundle: HeadBundle) throws -> [String] {
        guard let labels else { return bundle.head.labels }
        let text = String(decoding: try Self.read(labels, what: "The file of labels"), as: UTF8.self)
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        guard lines.count == bundle.head.labels.count else {
            throw RegraftError(
                "label_count_mismatch",
                "\(labels) has \(lines.count) labels, the model \(bundle.head.labels.count) classes.")
        }
        return lines
    }

    private static func read(_ path: String, what: String) throws -> Data {
        do throws(InputFile.Problem) { return try InputFile.read(URL(fileURLWithPath: path), limit: 1 << 30) } catch {
            throw RegraftError("unreadable_file", "\(what) \(Console.printable(path)) \(error.reason).")
        }
    }
}

/// Flags of `label_image.py` that say how a photo is prepared and which tensors are meant.
struct LabelImageOptions: ParsableArguments {
    @Option(name: .tutorial("input_height"), help: .hidden) var inputHeight: String?
    @Option(name: .tutorial("input_width"), help: .hidden) var inputWidth: String?
    @Option(name: .tutorial("input_mean"), help: .hidden) var inputMean: String?
    @Option(name: .tutorial("input_std"), help: .hidden) var inputStd: String?
    @Option(name: .tutorial("input_layer"), help: .hidden) var inputLayer: String?
    @Option(name: .tutorial("output_layer"), help: .hidden) var outputLayer: String?

    var given: [String] {
        [
            ("input_height", inputHeight), ("input_width", inputWidth), ("input_mean", inputMean),
            ("input_std", inputStd), ("input_layer", inputLayer), ("output_layer", outputLayer),
        ].filter { $0.1 != nil }.map { "--\($0.0)" }
    }
}

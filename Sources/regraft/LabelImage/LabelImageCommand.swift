import ArgumentParser
import Domain
import Formats
import Foundation
import Images
import Inference
import Training
import Workers

/// The tutorial's `label_image.py`.
struct LabelImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label-image", abstract: "Says what is on a photo, with a retrained model.",
        aliases: ["label_image"])

    @Option(name: .customLong("graph"), help: "The model that `regraft retrain` wrote.")
    var graph = "/tmp/output_graph.pb"

    @Option(name: .customLong("labels"), help: "Other names for its classes, one a line. (default: its own)")
    var labels: String?

    @Option(name: .customLong("image"), parsing: .upToNextOption, help: "One photo or several.")
    var images: [String]

    @Option(name: .tutorial("top_k"), help: "How many answers.")
    var topK = 5

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
        let bundle = try HeadBundle(decoding: try Self.read(graph, what: "The model"))
        let names = try labelNames(of: bundle)
        let backbone = try Installation.catalogue(modelFolder: modelDir).backbone(bundle.backboneID)
        guard backbone.sha256 == bundle.backboneHash else {
            throw RegraftError(
                "backbone_hash_mismatch",
                "The model was trained on another file of the backbone '\(bundle.backboneID)' than the one in "
                    + "\(backbone.file.path). Retrain it, or put back the file with SHA-256 \(bundle.backboneHash).")
        }
        let session = try OpenVINOEngine(backbone, streams: 1).makeSession()
        let decoder = PhotoDecoder()
        let preprocessing = backbone.descriptor.preprocessing(bundle.fit)
        var failures = 0
        for image in images {
            try cancellation.check()
            if images.count > 1 { Console.say("\(Console.printable(image)):") }
            do {
                let file = try Self.read(image, what: "The photo")
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
            } catch let error as ImageError {
                failures += 1
                Console.warn("Error: \(Console.printable(image)) cannot be used: \(error.reason).")
            } catch let error as RegraftError where images.count > 1 && error.code == "unreadable_file" {
                failures += 1
                Console.warn("Error: \(error)")
            }
        }
        if failures == images.count { throw ExitCode.failure }
        if failures > 0 { throw ExitCode.incomplete }
    }

    private func labelNames(of bundle: HeadBundle) throws -> [String] {
        guard let labels else { return bundle.head.labels }
        let text = String(decoding: try Self.read(labels, what: "The file of labels"), as: UTF8.self)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        guard lines.count == bundle.head.labels.count else {
            throw RegraftError(
                "label_count_mismatch",
                "\(labels) has \(lines.count) labels, the model \(bundle.head.labels.count) classes.")
        }
        return lines
    }

    private static func read(_ path: String, what: String) throws -> Data {
        do { return try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "does not exist"
            throw RegraftError("unreadable_file", "\(what) \(Console.printable(path)) \(reason).")
        }
    }
}

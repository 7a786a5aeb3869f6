import Domain
import Formats
import Foundation
import Inference
import Jobs
import Storage

/// The files that a run leaves behind.
struct RetrainOutputs: Sendable {
    private let graph: URL
    private let labels: URL
    private let evaluation: URL?
    private let intermediateFolder: URL
    private let writesIntermediate: Bool
    private let summaries: String

    init(_ options: OutputOptions) {
        // What a link points to is replaced, and not the link.
        graph = URL(fileURLWithPath: options.outputGraph).resolvingSymlinksInPath()
        labels = URL(fileURLWithPath: options.outputLabels).resolvingSymlinksInPath()
        evaluation = options.outputEvaluation.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath() }
        intermediateFolder = URL(fileURLWithPath: options.intermediateOutputGraphsDir)
        writesIntermediate = options.intermediateStoreFrequency > 0
        summaries = options.summariesDir
    }

    /// Finds out before the work, and not after it, that a result could not be written.
    func prepare() throws {
        let files = [graph, labels] + (evaluation.map { [$0] } ?? [])
        var folders = files.map { $0.deletingLastPathComponent() }
        if writesIntermediate { folders.append(intermediateFolder) }
        for folder in folders {
            do {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            } catch {
                throw RegraftError("unwritable_output", "The folder \(folder.path) cannot be made.", cause: error)
            }
            // Trying is the only sure way: permissions say nothing about read-only and special file systems.
            let trial = folder.appendingPathComponent(".regraft-\(UUID().uuidString)")
            guard (try? Data().write(to: trial)) != nil else {
                throw RegraftError("unwritable_output", "The folder \(folder.path) cannot be written to.")
            }
            try? FileManager.default.removeItem(at: trial)
        }
        for file in files {
            let type = try? FileManager.default.attributesOfItem(atPath: file.path)[.type] as? FileAttributeType
            guard type == nil || type == .typeRegular else {
                throw RegraftError(
                    "unwritable_output", "\(file.path) is a folder or a device; name a file to write to.")
            }
        }
        guard graph != labels else {
            throw RegraftError(
                "unwritable_output", "--output_graph and --output_labels are the same file, \(graph.path); name two.")
        }
        guard evaluation != graph, evaluation != labels else {
            throw RegraftError(
                "unwritable_output", "--output_evaluation names a file that another output goes to; name another.")
        }
    }

    func bundle(
        _ head: Head, _ backbone: Backbone, _ fit: FitMode, _ abstention: Abstention? = nil
    ) -> HeadBundle {
        HeadBundle(
            backboneID: backbone.descriptor.id, backboneHash: backbone.sha256, fit: fit,
            preprocessing: backbone.preprocessingKey(fit), head: head, abstention: abstention)
    }

    func writeIntermediate(_ bundle: HeadBundle, step: Int) throws {
        try write(bundle.encoded(), to: intermediateFolder.appendingPathComponent("intermediate_\(step).pb"))
    }

    func write(_ bundle: HeadBundle) throws {
        try write(bundle.encoded(), to: graph)
        Console.say("Wrote the model to \(graph.path): a Regraft bundle, which `regraft label-image` reads.")
        var lines = bundle.head.labels
        for (index, label) in lines.enumerated() where label.contains(where: \.isNewline) {
            lines[index] = label.split(whereSeparator: \.isNewline).joined(separator: " ")
            Console.warn(
                "Note: the label '\(Console.printable(label))' holds a line break; the file of labels has a space there."
            )
        }
        try write(Data(lines.map { $0 + "\n" }.joined().utf8), to: labels)
        Console.say("Wrote the labels to \(labels.path), one a line.")
        Console.say("(TensorFlow graphs, and TensorBoard files in \(summaries), are not written yet.)")
    }

    /// As what the file's name says, if one was named.
    /// - Parameter images: the folder that the photos' paths are in.
    func write(_ document: EvaluationDocument, title: String, images: String) throws {
        guard let evaluation else { return }
        if evaluation.pathExtension.lowercased() == "html" {
            let folder = URL(fileURLWithPath: images, isDirectory: true)
            let page = EvaluationPage(document, title: title) { _, path in
                folder.appendingPathComponent(path).absoluteString
            }
            try write(page.html, to: evaluation)
        } else {
            try write(document.encoded(), to: evaluation)
        }
        Console.say("Wrote the evaluation to \(evaluation.path).")
    }

    private func write(_ data: Data, to file: URL) throws {
        do { try DurableFile.write(data, to: file) } catch {
            throw RegraftError("unwritable_output", "\(file.path) cannot be written.", cause: error)
        }
    }
}

import Domain
import Formats
import Foundation
import Inference
import Jobs

/// The files that a run leaves behind.
struct RetrainOutputs: Sendable {
    private let graph: URL
    private let labels: URL
    private let labelSpelling: LabelFile.Spelling
    private let evaluation: URL?
    private let intermediateFolder: URL
    private let writesIntermediate: Bool
    /// Empty for none.
    private let summaries: String

    init(_ options: OutputOptions) {
        // What a link points to is replaced, and not the link.
        graph = URL(fileURLWithPath: options.outputGraph).resolvingSymlinksInPath()
        labels = URL(fileURLWithPath: options.outputLabels).resolvingSymlinksInPath()
        labelSpelling = options.normalizeLabels ? .normalised : .exact
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
        for folder in folders { try OutputFile.prepare(folder: folder) }
        for file in files { try OutputFile.refuseWhatIsNoFile(file) }
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

    /// In the format of the final model, and named after that.
    func writeIntermediate(_ bundle: HeadBundle, as form: OutputGraph, step: Int) throws {
        let name = "intermediate_\(step).\(form.intermediateExtension)"
        try OutputFile.write(form.data(bundle), to: intermediateFolder.appendingPathComponent(name))
    }

    /// - Parameters:
    ///   - document: goes with the head, so that who gets the model knows how good it is.
    ///   - descriptor: the backbone's, as its file has it.
    func write(_ bundle: HeadBundle, as form: OutputGraph, _ document: EvaluationDocument, descriptor: Data?) throws {
        let model = ModelBundle(
            head: bundle, evaluation: try document.encoded(), descriptor: descriptor,
            provenance: ModelProvenance(document, regraft: Regraft.configuration.version))
        try OutputFile.write(form.data(model), to: graph)
        Console.say("Wrote the model to \(graph.path): \(form.title).")
        if labelSpelling == .exact {
            for label in bundle.head.labels where LabelFile.isChanged(label) {
                let namesake = LabelFile.namesake(of: label, among: bundle.head.labels)
                Console.warn(
                    "Note: the label '\(Console.printable(label))' holds a line break; the file of labels has a space there"
                        + (namesake.map { ", which makes it the same line as '\(Console.printable($0))'." } ?? "."))
            }
        }
        try OutputFile.write(LabelFile.data(bundle.head.labels, spelling: labelSpelling), to: labels)
        Console.say("Wrote the labels to \(labels.path), one a line.")
    }

    /// Finds out before the work, and not after it, that the labels have no spelling of the kind that was asked for.
    func check(labels: [String]) throws { _ = try LabelFile.data(labels, spelling: labelSpelling) }

    /// As what the file's name says, if one was named.
    /// - Parameter images: the folder that the photos' paths are in.
    func write(_ document: EvaluationDocument, title: String, images: String) throws {
        guard let evaluation else { return }
        if evaluation.pathExtension.lowercased() == "html" {
            let folder = URL(fileURLWithPath: images, isDirectory: true)
            let page = EvaluationPage(document, title: title) { _, path in
                folder.appendingPathComponent(path).absoluteString
            }
            try OutputFile.write(page.html, to: evaluation)
        } else {
            try OutputFile.write(document.encoded(), to: evaluation)
        }
        Console.say("Wrote the evaluation to \(evaluation.path).")
    }

    /// A folder for TensorBoard's files, which holds nothing yet: `--summaries_dir`, or where something is in that, a new one
    /// inside. Nil, and a line that says so, where there can be none: that is no reason not to train.
    func summariesFolder() -> URL? {
        guard !summaries.isEmpty else { return nil }
        let folder = URL(fileURLWithPath: summaries, isDirectory: true)
        do {
            let found = try RunFolder.make(in: folder)
            if found != folder {
                Console.warn(
                    "Note: \(summaries) holds something already, which is kept; TensorBoard's files of this run go to "
                        + "\(found.path).")
            }
            return found
        } catch {
            Console.warn("Note: nothing is written for TensorBoard, because \(summaries) cannot be used: \(error)")
            return nil
        }
    }

    func sayWhereSummariesAre() {
        Console.say("Wrote what TensorBoard shows; see it with: tensorboard --logdir \(summaries)")
    }
}

extension ModelProvenance {
    /// Of a run, whose time is left out so that the same run writes the same file.
    fileprivate init(_ document: EvaluationDocument, regraft: String) {
        var metrics = JobMetrics()
        metrics.trainAccuracy = document.trainAccuracy
        metrics.validationAccuracy = document.validationAccuracy
        metrics.testAccuracy = document.accuracy
        self.init(
            regraft: regraft, model: nil, version: nil, dataset: document.dataset, datasetVersion: nil, createdAt: nil,
            recipe: document.recipe, metrics: metrics)
    }
}

import ArgumentParser
import Domain
import Foundation
import Jobs
import Training
import Workers

/// Photos of a folder that somebody should look at. Changes nothing in it.
struct AnalyzeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze",
        abstract: "Lists photos with likely label errors, duplicates and outliers.",
        discussion: "The folder has one subfolder of photos a class, and stays as it is.")

    @Argument(help: "A folder with one subfolder of photos a class.")
    var folder: String

    @Option(name: .customLong("limit"), parsing: .unconditional, help: "Lines of each list; 0: all.")
    var limit = 30

    @Option(name: .customLong("json"), help: "A file for all that was found.")
    var json: String?

    @OptionGroup(title: "The backbone") var backbone: BackboneOptions

    func validate() throws {
        guard !folder.isEmpty else { throw ValidationError("The folder's name is empty.") }
        guard limit >= 0 else { throw ValidationError("--limit must be 0 or more.") }
    }

    func run() async throws {
        let command = self
        try await Interruption.run { try await command.analyze() }
    }

    private func analyze() async throws {
        let pool = WorkerPool(name: "analyze", width: Installation.workerCount)
        let output = try await pool.run { _ in try jsonFile() }
        let (photos, source) = try await LabelledPhotos.extractUnchecked(folder, backbone, pool)
        for remark in source.remarks { Console.warn("Note: \(remark)") }
        guard !photos.photos.isEmpty else {
            throw RegraftError("dataset_empty", "None of the photos in \(folder.printable) can be used.")
        }
        let analysis = try await PhotoAnalysis(
            photos.photos, labels: photos.labels, pool: pool)
        AnalyzeReport(analysis, photos).say(limit: limit > 0 ? limit : .max)
        if let output, let fit = backbone.fit.mode {
            try await pool.run { _ in
                let document = AnalysisDocument(analysis, photos, backbone: backbone.architecture, fit: fit)
                try OutputFile.write(Self.encoded(document), to: output)
            }
            Console.say("Wrote all of it to \(output.path).")
        }
        if !photos.refusals.isEmpty || source.leavesPhotosOut { throw ExitCode.incomplete }
    }

    private static func encoded(_ document: AnalysisDocument) throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(document) + Data("\n".utf8)
    }

    /// - Throws: `RegraftError` (`unwritable_output`).
    private func jsonFile() throws -> URL? {
        guard let json else { return nil }
        let file = URL(fileURLWithPath: json).resolvingSymlinksInPath()
        let root = URL(fileURLWithPath: folder).resolvingSymlinksInPath()
        guard !file.path.hasPrefix(root.path + "/") else {
            throw RegraftError(
                "unwritable_output",
                "\(file.path) lies in the folder of photos, which is to stay as it is; name another.")
        }
        try OutputFile.prepare(folder: file.deletingLastPathComponent())
        try OutputFile.refuseWhatIsNoFile(file)
        return file
    }
}

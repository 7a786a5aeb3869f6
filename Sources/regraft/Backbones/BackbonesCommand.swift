import ArgumentParser
import Foundation
import Inference

struct BackbonesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backbones", abstract: "Lists the pretrained networks that can be retrained.")

    @Option(name: .tutorial("model_dir"), help: "A folder with descriptors and networks of your own.")
    var modelDir: String?

    func run() async throws {
        let folder = modelDir
        try await Interruption.run {
            let entries = try Installation.catalogue(modelFolder: folder).entries
            var table = TextTable(header: ["backbone", "input", "features", "ImageNet top-1", "file"])
            for entry in entries {
                let descriptor = entry.descriptor
                table.add([
                    descriptor.id, "\(descriptor.input.width)×\(descriptor.input.height)",
                    "\(descriptor.featureCount)",
                    descriptor.publishedTop1.map { String(format: "%.1f %%", $0 * 100) } ?? "–",
                    entry.networkFile.map(\.path) ?? "missing: \(descriptor.file)",
                ])
            }
            for line in table.lines { Console.say(line) }
            let missing = entries.filter { $0.networkFile == nil }
            if !missing.isEmpty {
                Console.say("")
                Console.say(
                    "Those that are missing work as soon as their file is there: each descriptor in config/backbones "
                        + "says where it comes from.")
            }
        }
    }
}

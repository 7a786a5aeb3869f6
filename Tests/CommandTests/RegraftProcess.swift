import Foundation
import TestSupport

/// A run of the built program, as a user starts it.
struct RegraftProcess {
    let status: Int32
    let output: String
    let errors: String

    static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("regraft")

    /// Starts the program and waits for it.
    /// - Parameter whenItPrints: a signal to send once a text has come on standard output or standard error.
    init(
        _ arguments: [String], in folder: URL, signal: Int32? = nil, whenItPrints text: String = ""
    ) throws {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        process.currentDirectoryURL = folder
        let (output, errors) = (
            folder.appendingPathComponent(".stdout-\(UUID())"), folder.appendingPathComponent(".stderr-\(UUID())")
        )
        defer { for file in [output, errors] { try? FileManager.default.removeItem(at: file) } }
        for file in [output, errors] { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        func read(_ file: URL) throws -> String { String(decoding: try Data(contentsOf: file), as: UTF8.self) }
        try process.run()
        if let signal {
            while process.isRunning, try !(read(output) + read(errors)).contains(text) { usleep(2_000) }
            if process.isRunning { kill(process.processIdentifier, signal) }
        }
        process.waitUntilExit()
        status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        self.output = try read(output)
        self.errors = try read(errors)
    }
}

/// A folder with everything that a run needs: a tiny network that averages colours, and photos of a few colours.
final class Workshop: Sendable {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(MadeNetwork.onnx(width: 16, height: 16), to: "networks/made.onnx")
        try folder.write(
            MadeNetwork.descriptor(
                file: "made.onnx", width: 16, height: 16, layout: "NCHW", channels: "RGB", mean: [127, 127, 127],
                std: [128, 128, 128]), to: "networks/made.json")
    }

    var url: URL { folder.url }

    static let colours = ["red": [200, 40, 40], "green": [40, 200, 40], "blue": [40, 40, 200]]

    /// Pictures of about one colour, each a little different.
    static func photo(_ colour: [Int], _ number: Int) -> Data {
        MadePicture(width: 24, height: 20) { x, y, channel in
            colour[channel] + (number * 7 + channel * 13 + x * (number % 5) + y * (number % 3)) % 31
        }.png()
    }

    func addPhotos(_ label: String, like colour: String, count: Int, from first: Int = 0, to root: String = "photos")
        throws
    {
        for number in first..<first + count {
            let bytes = Self.photo(Self.colours[colour] ?? [0, 0, 0], number)
            try folder.write(bytes, to: "\(root)/\(label)/\(number).png")
        }
    }

    func addThreeClasses(count: Int = 25, to root: String = "photos") throws {
        for colour in Self.colours.keys.sorted() { try addPhotos(colour, like: colour, count: count, to: root) }
    }

    func retrain(_ more: String..., images: String = "photos") throws -> RegraftProcess {
        try RegraftProcess(retrainArguments(images) + more, in: url)
    }

    func retrainArguments(_ images: String = "photos") -> [String] {
        [
            "retrain", "--image_dir", images, "--architecture", "made", "--model_dir", "networks", "--fit", "squash",
            "--bottleneck_dir", "cache", "--output_graph", "model", "--output_labels", "labels.txt",
            "--summaries_dir", "logs",
        ]
    }

    func read(_ name: String) throws -> Data { try Data(contentsOf: url.appendingPathComponent(name)) }
}

import Foundation
import Glibc
import TestSupport
import Testing

/// What `regraft serve` refuses to start with, and what it says while it runs.
struct ServeStartTests {
    private let workshop: Workshop

    init() throws { workshop = try Workshop() }

    private func serve(_ arguments: [String]) throws -> RegraftProcess {
        try RegraftProcess(["serve", "--port", "0"] + arguments, in: workshop.url)
    }

    @Test func refusesWhatCannotWork() throws {
        try workshop.folder.write("zip", to: "photos.zip")
        try workshop.folder.write("photo", to: "holiday/1.jpg")
        let networks = ["--set", "backbones.directory=networks"]
        let cases: [([String], [String])] = [
            (
                networks + ["--set", "training.default_backbone=resnet"],
                ["training.default_backbone", "'resnet'", "made"]
            ),
            (["--set", "backbones.directory=/nope"], ["backbones.directory /nope is no folder"]),
            (["--config", "nosuch.yaml"], ["nosuch.yaml: there is no such file"]),
            (["--config", "holiday"], ["holiday: this is a folder"]),
            (["--data", "photos.zip"], ["photos.zip is a file"]),
            (["--data", "holiday"], ["holds other files (1.jpg)"]),
        ]
        for (arguments, words) in cases {
            let run = try serve(arguments)
            #expect(run.status == 1, "\(arguments): \(run.errors)")
            for word in words { #expect(run.errors.contains(word), "\(arguments): \(run.errors)") }
            #expect(!run.errors.contains("model_dir"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: workshop.url.path + "/holiday") == ["1.jpg"])
        // A known one whose network is not there.
        try FileManager.default.removeItem(at: workshop.url.appendingPathComponent("networks/made.onnx"))
        let missing = try serve(networks + ["--set", "training.default_backbone=made"])
        #expect(missing.status == 1 && missing.errors.contains("training.default_backbone"), "\(missing.errors)")
        #expect(missing.errors.contains("needs the file"), "\(missing.errors)")
    }

    // Whatever is wrong with it, it is the command's use that is wrong.
    @Test(arguments: ["eighty", "-1", "65536", ""])
    func refusesAPort(_ port: String) throws {
        let run = try RegraftProcess(["serve", "--port", port], in: workshop.url)
        #expect(run.status == 64 && run.errors.contains("--port"), "\(run.errors)")
    }

    @Test func saysHowToListenElsewhere() throws {
        let server = try ServeProcess(in: workshop.url)
        let port = try #require(server.address.split(separator: ":").last)
        let network = ["--set", "backbones.directory=networks", "--set", "training.default_backbone=made"]
        let run = try RegraftProcess(["serve", "--data", "other", "--port", "\(port)"] + network, in: workshop.url)
        #expect(run.status == 1 && run.errors.contains("127.0.0.1:\(port) cannot be used: Address already in use."))
        #expect(run.errors.contains("--port (server.port)"), "\(run.errors)")
    }

    // What the libraries below say of services would be all that these hold.
    @Test func logsNoSecretsAndOneFormat() throws {
        let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
        let server = try ServeProcess(
            in: workshop.url,
            ["--set", "log.level=trace", "--set", "log.format=text", "--set", "api_keys=me:\(hash):admin"])
        #expect(try server.curl("/v1/models").status == 401)
        #expect(server.stop(by: SIGTERM) == 0)
        let log = try String(contentsOf: workshop.url.appendingPathComponent("server.log"), encoding: .utf8)
        #expect(!log.contains(hash) && !log.contains("sl-service"), "\(log)")
        let lines = log.split(separator: "\n")
        #expect(lines.allSatisfy { !$0.hasPrefix("{") && $0.utf8.count < 1000 })
        #expect(lines.contains { $0.contains(" info request ") && $0.contains(" path=/v1/models ") }, "\(log)")
        let start = lines.first { $0.contains(" info serving ") }
        for word in ["address=\(server.address)", "backbone=made", "data=", "version="] {
            #expect(start?.contains(word) == true, "\(log)")
        }
    }
}

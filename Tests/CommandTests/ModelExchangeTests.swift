import Formats
import Foundation
import TestSupport
import Testing

/// A model on its way from where it was trained to a server that has never seen its photos.
struct ModelExchangeTests {
    /// A server with the same network and no data. It looks for its networks in the folder that it runs in.
    private func secondServer(like workshop: Workshop, _ more: [String] = []) throws -> (Workshop, ServeProcess) {
        let second = try Workshop()
        for name in ["networks/made.onnx", "networks/made.json"] {
            try second.folder.write(workshop.read(name), to: name)
        }
        for colour in ["red", "blue"] {
            try second.folder.write(workshop.read("unseen/\(colour).png"), to: "unseen/\(colour).png")
        }
        return (second, try ServeProcess(in: second.url, more))
    }

    private struct Prediction: Equatable {
        var label: String
        var probability: Double
    }

    private func predictions(_ server: ServeProcess) throws -> [Prediction] {
        try ["red", "blue"].flatMap { colour -> [Prediction] in
            let answer = try server.curl("/v1/models/colours/classify", "-X", "POST", "-T", "unseen/\(colour).png")
            try #require(answer.status == 200, "\(answer.text)")
            let found = try #require(answer["predictions"] as? [[String: Any]])
            return try found.map { entry in
                Prediction(
                    label: try #require(entry["label"] as? String),
                    probability: try #require(entry["probability"] as? Double))
            }
        }
    }

    // Trained on one, imported by another: the same answers to the last digit, also after a restart.
    @Test func answersAlikeOnTwoServers() throws {
        let colours = try TrainedColours()
        let path = "/v1/models/colours/versions/latest/export?format=bundle"
        #expect(try colours.server.curl(path, "-o", "colours.regraft").status == 200)
        let (second, server) = try secondServer(like: colours.workshop)
        try second.folder.write(colours.workshop.read("colours.regraft"), to: "colours.regraft")
        let taken = try server.curl("/v1/models/colours/import", "-X", "POST", "-T", "colours.regraft")
        #expect(taken.status == 201, "\(taken.text)")
        #expect(taken.string("imported.origin") == "imported" && taken["promotion.promoted"] as? Bool == true)
        let expected = try predictions(colours.server)
        #expect(expected.count == 6)
        #expect(try predictions(server) == expected)
        // What was answered is on the disk, whatever happens next.
        #expect(server.stop(by: SIGKILL) == -SIGKILL)
        let again = try ServeProcess(in: second.url)
        #expect(try predictions(again) == expected)
        #expect(try again.curl("/v1/models/colours").integer("aliases.0.version") == 1)
        // From there it goes on, as the same head.
        #expect(try again.curl(path, "-o", "onward.regraft").status == 200)
        let (first, onward) = try (
            ModelBundle(decoding: second.read("colours.regraft")), ModelBundle(decoding: second.read("onward.regraft"))
        )
        #expect(onward.head == first.head && onward.provenance.dataset == "colours" && first.descriptor != nil)
        #expect(try first.descriptor == colours.workshop.read("networks/made.json"))
    }

    // What `retrain` writes a server takes, and the program answers from the file as the server does.
    @Test func takesWhatRetrainHasWritten() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses()
        for colour in ["red", "blue"] {
            try workshop.folder.write(Workshop.photo(Workshop.colours[colour] ?? [], 99), to: "unseen/\(colour).png")
        }
        #expect(try workshop.retrain("--output_graph", "colours.regraft").status == 0)
        let server = try ServeProcess(in: workshop.url)
        let taken = try server.curl("/v1/models/colours/import", "-X", "POST", "-T", "colours.regraft")
        #expect(taken.status == 201, "\(taken.text)")
        #expect(taken.string("imported.imported.dataset") == "photos" && taken["imported.imported.model"] is NSNull)
        let run = try RegraftProcess(
            [
                "label-image", "--graph", "colours.regraft", "--model_dir", "networks", "--image", "unseen/red.png",
                "unseen/blue.png",
            ], in: workshop.url)
        let scores = run.output.matches(of: /(\w+) \(score=([0-9.]+)\)/).map { (String($0.1), Double($0.2) ?? -1) }
        let served = try predictions(server)
        #expect(scores.count == 6 && served.count == 6)
        for (score, prediction) in zip(scores, served) {
            #expect(score.0 == prediction.label)
            // Printed with five digits.
            #expect(abs(score.1 - prediction.probability) <= 0.000_005_1)
        }
    }

    // The same name, another network: refused with both hashes, and nothing is there afterwards.
    @Test func refusesAnotherNetwork() throws {
        let colours = try TrainedColours()
        let path = "/v1/models/colours/versions/1/export?format=bundle"
        #expect(try colours.server.curl(path, "-o", "colours.regraft").status == 200)
        let other = try Workshop()
        try other.folder.write(MadeNetwork.onnx(width: 32, height: 32), to: "networks/made.onnx")
        try other.folder.write(colours.workshop.read("colours.regraft"), to: "colours.regraft")
        let server = try ServeProcess(in: other.url, ["--set", "limits.bundle_bytes=1 MiB"])
        let refused = try server.curl("/v1/models/colours/import", "-X", "POST", "-T", "colours.regraft")
        let theirs = try ModelBundle(decoding: other.read("colours.regraft")).head.backboneHash
        let backbones = try server.curl("/v1/backbones")
        #expect(refused.status == 409 && refused.string("type").hasSuffix("backbone-hash-mismatch"), "\(refused.text)")
        #expect(refused.text.contains(theirs.prefix(12)) && backbones.text.contains("made"))
        #expect(try server.curl("/v1/models/colours").status == 404)
        try other.folder.write(Data(count: (1 << 20) + 1), to: "large.regraft")
        #expect(try server.curl("/v1/models/colours/import", "-X", "POST", "-T", "large.regraft").status == 413)
    }
}

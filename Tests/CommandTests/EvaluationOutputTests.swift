import Foundation
import TestSupport
import Testing

/// `--output_evaluation`, and what the report says of it.
struct EvaluationOutputTests {
    private func document(_ workshop: Workshop, _ name: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: workshop.read(name)) as? [String: Any])
    }

    @Test func writesTheDocumentAndThePage() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses()
        let first = try workshop.retrain("--output_evaluation", "out/evaluation.json")
        #expect(first.status == 0 && first.output.contains("Wrote the evaluation to"), "\(first.errors)")
        let document = try document(workshop, "out/evaluation.json")
        #expect(document["version"] as? Int == 2 && document["dataset"] as? String == "photos")
        #expect(document["dataset_version"] is NSNull && document["test_image_ids"] is NSNull)
        #expect((document["curve"] as? [Any])?.isEmpty == false)
        // What it finds is what the report says.
        let verdict = try #require(document["verdict"] as? [[String: Any]])
        #expect(!verdict.isEmpty)
        for finding in verdict {
            for key in ["finding", "action"] {
                let sentence = try #require(finding[key] as? String)
                #expect(first.output.contains(sentence), "\(sentence)")
            }
        }
        // A wrong photo has a picture on the page, wherever the page lies.
        try workshop.addPhotos("red", like: "blue", count: 12, from: 200)
        let second = try workshop.retrain("--output-evaluation", "page.HTML")
        #expect(second.status == 0, "\(second.errors)")
        let page = String(decoding: try workshop.read("page.HTML"), as: UTF8.self)
        #expect(page.contains("Evaluation of photos") && page.contains("src=\"file:///"))
    }

    @Test(arguments: [
        (["--output_evaluation", "evaluation.txt"], Int32(64), "output_evaluation"),
        (["--output_evaluation", "labels.json", "--output_labels", "labels.json"], 1, "output_evaluation"),
        (["--output_evaluation", "photos/red/0.png/x.html"], 1, "cannot"),
    ])
    func refusesWhatCannotBeWritten(_ arguments: [String], _ status: Int32, _ words: String) throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses(count: 3)
        let run = try RegraftProcess(
            [
                "retrain", "--image_dir", "photos", "--architecture", "made", "--model_dir", "networks",
                "--output_graph", "model",
            ]
                + arguments, in: workshop.url)
        #expect(run.status == status && run.errors.contains(words), "\(run.status): \(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: workshop.url.appendingPathComponent("model").path))
    }

    // A result, and no number that is none, of what there is hardly anything to learn from.
    @Test(arguments: [[1, 1], [2, 1], [2, 2, 1], [5, 5]])
    func bearsFewPhotos(_ counts: [Int]) throws {
        let workshop = try Workshop()
        for (index, count) in counts.enumerated() {
            // All black, so that all have the same bottleneck.
            for number in 0..<count {
                let photo = MadePicture(width: 20, height: 20 + number) { _, _, _ in 0 }.png()
                try workshop.folder.write(photo, to: "photos/class \(index)/\(number).png")
            }
        }
        for name in ["evaluation.json", "evaluation.html"] {
            let run = try workshop.retrain("--output_evaluation", name)
            #expect(run.status == 0, "\(run.errors)")
            #expect(!run.output.lowercased().contains("nan") && !run.output.contains("inf%"))
        }
        let text = String(decoding: try workshop.read("evaluation.html"), as: UTF8.self)
        #expect(!text.contains("nan") && !text.contains(">inf"))
        #expect((try document(workshop, "evaluation.json")["verdict"] as? [Any])?.isEmpty == false)
    }
}

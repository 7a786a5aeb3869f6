import Formats
import Foundation
import TestSupport
import Testing

struct RetrainCommandTests {
    @Test func retrainsAndReports() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses()
        let run = try workshop.retrain()
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("75 photos in 3 classes"))
        #expect(run.output.contains("Final test accuracy = 100.0%"))
        #expect(run.output.contains("95 % interval"))
        #expect(try workshop.read("labels.txt") == Data("blue\ngreen\nred\n".utf8))
        let bundle = try ModelBundle(decoding: workshop.read("model"))
        #expect(bundle.head.head.labels == ["blue", "green", "red"] && bundle.head.backboneID == "made")
        #expect(bundle.provenance.dataset == "photos" && bundle.provenance.metrics.testAccuracy == 1)
        #expect(try bundle.descriptor == workshop.read("networks/made.json"))
        let evaluation = try JSONSerialization.jsonObject(with: bundle.evaluation) as? [String: Any]
        #expect(evaluation?["format"] as? String == "regraft-evaluation" && evaluation?["accuracy"] as? Double == 1)
    }

    // The same photos and seed give the same bytes, also from the cache; from a folder of another name, which stands in the
    // file, the same head.
    @Test(arguments: ["auto", "retrain"])
    func isRepeatable(recipe: String) throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses()
        try workshop.addThreeClasses(to: "elsewhere/moved")
        let first = try workshop.retrain("--recipe", recipe, "--seed", "5")
        let model = try workshop.read("model")
        let second = try workshop.retrain("--recipe", recipe, "--seed", "5", images: "elsewhere/moved")
        #expect(first.status == 0 && second.status == 0)
        #expect(first.output == second.output)
        let head = try ModelBundle(decoding: workshop.read("model")).head
        #expect(try ModelBundle(decoding: model).head == head)
        #expect(second.errors.contains("75 from the cache"))
        #expect(try workshop.retrain("--recipe", recipe, "--seed", "5").status == 0)
        #expect(try workshop.read("model") == model)
    }

    // The tutorial's curve, in its words.
    @Test func printsTheTutorialsSteps() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses()
        let run = try workshop.retrain(
            "--recipe", "retrain", "--how_many_training_steps", "25", "--eval_step_interval", "10")
        let steps = run.output.split(separator: "\n").filter { $0.contains("Validation accuracy") }
        #expect(steps.map { $0.prefix { $0 != ":" } } == ["Step 0", "Step 10", "Step 20", "Step 24"])
        #expect(steps.allSatisfy { $0.hasSuffix("(N=100)") })
        #expect(run.output.contains("Step 24: Train accuracy = "))
        #expect(run.output.contains("Step 24: Cross entropy = "))
    }

    // Every flag of retrain.py, in both spellings.
    @Test(arguments: ["_", "-"])
    func takesTheTutorialsFlags(separator: String) throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses(count: 20)
        let flags = [
            "image_dir": "photos", "output_graph": "out/graph.pb", "intermediate_output_graphs_dir": "out/steps",
            "intermediate_store_frequency": "20", "output_labels": "out/labels.txt", "summaries_dir": "out/logs",
            "how_many_training_steps": "50", "learning_rate": "0.05", "testing_percentage": "15",
            "validation_percentage": "20", "eval_step_interval": "25", "train_batch_size": "30",
            "test_batch_size": "-1", "validation_batch_size": "-1", "model_dir": "networks", "bottleneck_dir": "cache",
            "final_tensor_name": "final_result", "random_crop": "10", "random_scale": "10", "random_brightness": "10",
            "architecture": "made",
        ]
        var arguments = ["retrain", "--recipe", "retrain"]
        for (name, value) in flags { arguments += ["--" + name.replacing("_", with: separator), value] }
        for name in ["print_misclassified_test_images", "flip_left_right"] {
            arguments.append("--" + name.replacing("_", with: separator))
        }
        let run = try RegraftProcess(arguments, in: workshop.url)
        #expect(run.status == 0, "\(run.errors)")
        let made = try FileManager.default.contentsOfDirectory(atPath: workshop.url.appendingPathComponent("out").path)
        #expect(Set(made).isSuperset(of: ["graph.pb", "labels.txt", "steps"]))
        for name in ["graph.pb", "steps/intermediate_20.pb", "steps/intermediate_40.pb"] {
            // A GraphDef: its first field is a node, whose first field is its name.
            let file = try workshop.read("out/\(name)")
            #expect(file.first == 0x0A && file.dropFirst(2).prefix(7) == Data([0x0A, 5] + "input".utf8), "\(name)")
        }
        #expect(run.output.contains("MISCLASSIFIED TEST IMAGES"))
    }

    // The last step of the curve is shown, whatever its number is.
    @Test func showsWhereTheCurveEnds() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses()
        let every = try workshop.retrain("--eval_step_interval", "1").output.split(separator: "\n")
        let few = try workshop.retrain("--eval_step_interval", "1000").output.split(separator: "\n")
        let last = try #require(every.last { $0.contains("Cross entropy") })
        #expect(few.filter { $0.contains("Cross entropy") }.last == last)
    }

    @Test(arguments: [
        ["--bogus", "1"], ["--how_many_training_steps", "0"], ["--learning_rate", "-1"],
        ["--testing_percentage", "60"],
        ["--random_crop", "-5"], ["--recipe", "magic"], ["--fit", "stretch"], ["--test_batch_size", "0"],
        ["--test_batch_size", "9000000000000000000"], ["--validation_batch_size", "9000000000000000000"],
        ["--train_batch_size", "9000000000000000000"], ["--seed", "-1"], ["--views", "-1"],
    ])
    func refusesWrongUsage(arguments: [String]) throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses(count: 3)
        let run = try RegraftProcess(
            workshop.retrainArguments()
                + (arguments[0] == "--testing_percentage" ? arguments + ["--validation_percentage", "50"] : arguments),
            in: workshop.url)
        #expect(run.status == 64)
        #expect(run.errors.contains(arguments[0].dropFirst(2)) || run.errors.contains(arguments[1]))
        #expect(!FileManager.default.fileExists(atPath: workshop.url.appendingPathComponent("model").path))
    }

    // Adding photos computes those; a replaced photo is computed anew.
    @Test func computesOnlyWhatIsNew() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses(count: 20)
        _ = try workshop.retrain()
        try workshop.addPhotos("red", like: "red", count: 10, from: 100)
        #expect(try workshop.retrain().errors.contains("60 from the cache"))
        let before = try workshop.read("model")
        try workshop.folder.write(Workshop.photo([120, 120, 40], 1), to: "photos/red/3.png")
        let run = try workshop.retrain()
        #expect(run.errors.contains("69 from the cache"))
        #expect(try workshop.read("model") != before)
    }

    // Ctrl-C: exit code 130, nothing half-written, and the next run goes on.
    @Test(arguments: [SIGINT, SIGTERM])
    func stopsCleanly(signal: Int32) throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses()
        let run = try RegraftProcess(
            workshop.retrainArguments() + ["--recipe", "retrain", "--how_many_training_steps", "100000000"],
            in: workshop.url, signal: signal, whenItPrints: "Step 10:")
        #expect(run.status == 128 + signal)
        #expect(!FileManager.default.fileExists(atPath: workshop.url.appendingPathComponent("model").path))
        let second = try workshop.retrain()
        #expect(second.status == 0 && second.errors.contains("75 from the cache"))
    }

    // The fit has succeeded, but the evaluation has a name that is too long for the file that is written beside it.
    @Test func tellsTensorBoardOfItsFailure() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses()
        let run = try workshop.retrain("--output_evaluation", String(repeating: "e", count: 246) + ".json")
        #expect(run.status == 1 && run.output.contains("Final test accuracy"), "\(run.errors)")
        let train = workshop.url.appendingPathComponent("logs/train")
        let content = try LoggedEvent.all(in: train).last?.contents["_hparams_/session_end_info"]
        #expect(content?.prefix(4).dropFirst(2) == Data([0x08, 0x02]))
    }

    // What is in the folder stays: a run goes to a folder of its own inside, and says so.
    @Test func writesForTensorBoard() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses()
        try workshop.folder.write("mine", to: "logs/notes")
        let flags = ["--recipe", "retrain", "--how_many_training_steps", "25"]
        for number in 2...3 {
            let run = try RegraftProcess(workshop.retrainArguments() + flags, in: workshop.url)
            #expect(run.status == 0 && run.errors.contains("logs/run-\(number)"), "\(run.errors)")
            #expect(run.output.contains("tensorboard --logdir logs\n"))
            let logs = workshop.url.appendingPathComponent("logs/run-\(number)")
            for name in ["train", "validation"] {
                let events = try LoggedEvent.all(in: logs.appendingPathComponent(name))
                let curve = events.filter { $0.scalars["accuracy_1"] != nil }
                #expect(curve.map(\.step) == [0, 10, 20, 24])
                // As it was printed.
                let printed = curve.map { event in
                    let percent = String(format: "%.1f", Double(event.scalars["accuracy_1"] ?? -1) * 100)
                    return "Step \(event.step): \(name.capitalized) accuracy = \(percent)%"
                }
                for line in printed { #expect(run.output.contains(line), "\(line)") }
            }
            let train = try FileManager.default.contentsOfDirectory(atPath: logs.appendingPathComponent("train").path)
            #expect(Set(train).isSuperset(of: ["projector_config.pbtxt", "metadata.tsv", "sprite.png"]))
        }
        #expect(try workshop.read("logs/notes") == Data("mine".utf8))
    }

    @Test func trainsWhereNothingCanBeWrittenForTensorBoard() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses()
        try workshop.folder.write("a file", to: "logs")
        let run = try workshop.retrain()
        #expect(run.status == 0 && run.errors.contains("Note: nothing is written for TensorBoard, because logs"))
        #expect(try workshop.read("logs") == Data("a file".utf8) && !run.output.contains("tensorboard"))
        // A folder can be made there, but the path of a file in it is too long.
        let deep = Array(repeating: String(repeating: "d", count: 199), count: 19).joined(separator: "/")
        let rest = 4_085 - workshop.url.path.utf8.count - deep.utf8.count - 2
        let broken = try workshop.retrain("--summaries_dir", "\(deep)/\(String(repeating: "d", count: rest))")
        #expect(broken.status == 0 && broken.errors.contains("ends here, and the training goes on"), "\(broken.errors)")
        #expect(!broken.output.contains("tensorboard"))
        let without = try workshop.retrain("--summaries_dir", "")
        #expect(without.status == 0 && !without.errors.contains("TensorBoard"))
    }
}

import Foundation
import TestSupport
import Testing

/// `regraft retrain` writes what the name of `--output_graph` says.
struct ExportCommandTests {
    private func workshop() throws -> Workshop {
        let workshop = try Workshop()
        try workshop.addThreeClasses(count: 5)
        return workshop
    }

    @Test func writesATensorFlowGraph() throws {
        let workshop = try workshop()
        let run = try workshop.retrain("--output_graph", "model.pb", "--final_tensor_name", "my/answer")
        #expect(run.status == 0 && run.output.contains("a frozen TensorFlow graph"), "\(run.errors)")
        let file = String(decoding: try workshop.read("model.pb"), as: UTF8.self)
        #expect(file.contains("my/answer") && file.contains("Conv2D") && !file.contains("final_result"))
    }

    @Test func writesONNX() throws {
        let workshop = try workshop()
        let run = try workshop.retrain("--output_graph", "flowers.ONNX", "--final_tensor_name", "my/answer")
        #expect(run.status == 0 && run.output.contains("an ONNX file"), "\(run.errors)")
        #expect(run.errors.contains("no effect of --final_tensor_name"))
        let file = String(decoding: try workshop.read("flowers.ONNX"), as: UTF8.self)
        for text in ["probabilities", #"["blue","green","red"]"#, "flowers", "squash"] {
            #expect(file.contains(text), "\(text)")
        }
    }

    @Test(arguments: [("model.onnx", "onnx"), ("model.pb", "pb"), ("model.regraft", "json"), ("model", "json")])
    func writesIntermediateModelsAlike(graph: String, ending: String) throws {
        let workshop = try workshop()
        let run = try workshop.retrain(
            "--recipe", "retrain", "--how_many_training_steps", "5", "--intermediate_store_frequency", "2",
            "--intermediate_output_graphs_dir", "steps", "--output_graph", graph)
        #expect(run.status == 0, "\(run.errors)")
        let names = try FileManager.default.contentsOfDirectory(
            atPath: workshop.url.appendingPathComponent("steps").path)
        #expect(names.sorted() == ["intermediate_2.\(ending)", "intermediate_4.\(ending)"])
        let intermediate = "steps/intermediate_4.\(ending)"
        guard ending == "json" else {
            #expect(try workshop.read(intermediate).first == workshop.read(graph).first)
            return
        }
        let asked = try RegraftProcess(
            ["label-image", "--graph", intermediate, "--model_dir", "networks", "--image", "photos/red/1.png"],
            in: workshop.url)
        #expect(asked.status == 0 && asked.output.contains("red"), "\(asked.errors)")
    }

    // What other programs read is not for label-image, which says so.
    @Test(arguments: ["model.pb", "model.onnx"])
    func labelImageSaysWhatItReads(graph: String) throws {
        let workshop = try workshop()
        #expect(try workshop.retrain("--output_graph", graph).status == 0)
        let run = try RegraftProcess(
            ["label-image", "--graph", graph, "--model_dir", "networks", "--image", "photos/red/1.png"],
            in: workshop.url)
        #expect(run.status == 1 && run.errors.contains("ends in .regraft"), "\(run.errors)")
    }

    // Before the work, and not after it.
    @Test func refusesABackboneThatIsNoONNXFile() throws {
        let workshop = try workshop()
        let network = MadeNetwork.openVINO(width: 16, height: 16)
        try workshop.folder.write(network.xml, to: "networks/made.xml")
        try workshop.folder.write(network.bin, to: "networks/made.bin")
        try workshop.folder.write(
            MadeNetwork.descriptor(
                file: "made.xml", width: 16, height: 16, layout: "NCHW", channels: "RGB", mean: [127, 127, 127],
                std: [128, 128, 128]), to: "networks/made.json")
        let run = try workshop.retrain("--output_graph", "model.onnx")
        #expect(run.status == 1 && run.errors.contains("made.xml, is no ONNX file"), "\(run.errors)")
        #expect(!run.errors.contains("Bottlenecks"))
        #expect(try workshop.retrain("--output_graph", "model.regraft").status == 0)
    }

    @Test func refusesWhatIsNoTensorName() throws {
        let run = try workshop().retrain("--output_graph", "model.pb", "--final_tensor_name", "a b")
        #expect(run.status == 64 && run.errors.contains("--final_tensor_name: 'a b' cannot name"), "\(run.errors)")
    }

    @Test func spellsLabelsAsTheTutorial() throws {
        let workshop = try workshop()
        try workshop.addPhotos("Dark_RED", like: "red", count: 5, from: 50)
        #expect(try workshop.retrain("--normalize_labels").status == 0)
        #expect(try workshop.read("labels.txt") == Data("dark red\nblue\ngreen\nred\n".utf8))
        #expect(try workshop.retrain().status == 0)
        #expect(try workshop.read("labels.txt") == Data("Dark_RED\nblue\ngreen\nred\n".utf8))
        try workshop.addPhotos("RED", like: "red", count: 5, from: 70)
        let run = try workshop.retrain("--normalize_labels")
        #expect(run.status == 1 && run.errors.contains("'RED' and 'red' are both 'red'"), "\(run.errors)")
    }
}

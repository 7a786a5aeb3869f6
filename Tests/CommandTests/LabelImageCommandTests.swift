import Formats
import Foundation
import TestSupport
import Testing

struct LabelImageCommandTests {
    private func trained() throws -> Workshop {
        let workshop = try Workshop()
        try workshop.addThreeClasses()
        for (colour, values) in Workshop.colours {
            try workshop.folder.write(Workshop.photo(values, 77), to: "\(colour).png")
        }
        #expect(try workshop.retrain().status == 0)
        return workshop
    }

    private func label(_ workshop: Workshop, _ more: String...) throws -> RegraftProcess {
        try RegraftProcess(["label-image", "--graph", "model", "--model_dir", "networks"] + more, in: workshop.url)
    }

    @Test func printsTheBestFirst() throws {
        let workshop = try trained()
        for colour in Workshop.colours.keys {
            let run = try label(workshop, "--image", "\(colour).png")
            #expect(run.status == 0)
            let lines = run.output.split(separator: "\n")
            #expect(lines.count == 4 && lines[0].hasPrefix("Evaluation time (1-image): "))
            #expect(lines[1].wholeMatch(of: #/(\w+) \(score=[01]\.\d{5}\)/#)?.output.1 == Substring(colour))
        }
    }

    // What `regraft retrain` wrote before there were bundles: the head alone, as JSON.
    @Test func readsAHeadAlone() throws {
        let workshop = try trained()
        let answer = try label(workshop, "--image", "red.png").output.split(separator: "\n").dropFirst()
        let head = try ModelBundle(decoding: workshop.read("model")).head
        try workshop.folder.write(head.encoded(), to: "model")
        let run = try label(workshop, "--image", "red.png")
        #expect(run.status == 0 && run.output.split(separator: "\n").dropFirst() == answer, "\(run.errors)")
    }

    @Test func takesOtherNames() throws {
        let workshop = try trained()
        try workshop.folder.write("azul\nverde\nrojo\n", to: "names.txt")
        #expect(try label(workshop, "--image", "red.png", "--labels", "names.txt").output.contains("rojo (score="))
        try workshop.folder.write("azul\r\nverde\r\nrojo\r\n", to: "names.txt")
        #expect(try label(workshop, "--image", "red.png", "--labels", "names.txt").output.contains("\nrojo (score="))
        try workshop.folder.write("azul\nverde\n", to: "names.txt")
        let run = try label(workshop, "--image", "red.png", "--labels", "names.txt")
        #expect(run.status == 1 && run.errors.contains("has 2 labels, the model 3 classes"))
    }

    @Test func goesOnAfterABadPhoto() throws {
        let workshop = try trained()
        try workshop.folder.write("words", to: "text.png")
        let run = try label(workshop, "--image", "text.png", "nowhere.png", "red.png")
        #expect(run.status == 3)
        #expect(run.errors.contains("text.png cannot be used: it is a text file"))
        #expect(run.errors.contains("nowhere.png cannot be used: it does not exist"))
        #expect(run.output.contains("red (score="))
        #expect(try label(workshop, "--image", "text.png").status == 1)
    }

    // The same network, but fed in another way: its features are not those that the head was fitted on.
    @Test func refusesAChangedDescriptor() throws {
        let workshop = try trained()
        let descriptor = String(decoding: try workshop.read("networks/made.json"), as: UTF8.self)
        try workshop.folder.write(
            MadeNetwork.descriptor(
                file: "made.onnx", width: 16, height: 16, layout: "NCHW", channels: "RGB", mean: [0, 0, 0],
                std: [128, 128, 128]), to: "networks/made.json")
        let run = try label(workshop, "--image", "red.png")
        #expect(run.status == 1 && run.errors.contains("The descriptor of 'made' has changed"), "\(run.errors)")
        try workshop.folder.write(Data(descriptor.utf8), to: "networks/made.json")
        #expect(try label(workshop, "--image", "red.png").status == 0)
        #expect(
            try RegraftProcess(["backbones", "--model_dir", "nets"], in: workshop.url).errors.contains("is no folder"))
    }

    @Test func refusesADamagedModelAndAnotherBackbone() throws {
        let workshop = try trained()
        let model = try workshop.read("model")
        try workshop.folder.write(model.prefix(model.count / 2), to: "model")
        #expect(try label(workshop, "--image", "red.png").errors.contains("not a usable Regraft bundle"))
        try workshop.folder.write(model, to: "model")
        try workshop.folder.write(MadeNetwork.onnx(width: 32, height: 32), to: "networks/made.onnx")
        let run = try label(workshop, "--image", "red.png")
        #expect(run.status == 1 && run.errors.contains("another file of the backbone 'made'"))
    }
}

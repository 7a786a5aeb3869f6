import Foundation
import Glibc
import TestSupport
import Testing

/// Each gives a sentence that names what it is about; the rest goes on; the exit code tells.
struct BadInputTests {
    @Test func foldersWithoutClasses() throws {
        let workshop = try Workshop()
        try workshop.addPhotos("only", like: "red", count: 5, to: "single")
        try FileManager.default.createDirectory(
            at: workshop.url.appendingPathComponent("hollow"), withIntermediateDirectories: true)
        for (images, sentence) in [
            ("nowhere", "nowhere cannot be read: No such file or directory"),
            ("hollow", "has no subfolder with photos"), ("single", "at least two classes"),
        ] {
            let run = try workshop.retrain(images: images)
            #expect(run.status == 1)
            #expect(run.errors.contains(sentence), "\(run.errors)")
        }
    }

    @Test func smallClasses() throws {
        let workshop = try Workshop()
        try workshop.addPhotos("one", like: "red", count: 1)
        try workshop.addPhotos("two", like: "green", count: 2)
        try workshop.addPhotos("nineteen", like: "blue", count: 19)
        let run = try workshop.retrain()
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains("3 classes have fewer than 20 photos"))
        #expect(run.errors.contains("'one' has 1 photo:") && run.errors.contains("'two' has 2 photos:"))
    }

    @Test func unusualNames() throws {
        let workshop = try Workshop()
        for (name, colour) in [
            ("Rose", "red"), ("rose", "green"), ("with space", "blue"), ("Ünïcödé 猫", "red"), ("a\nb", "green"),
        ] {
            try workshop.addPhotos(name, like: colour, count: 20)
        }
        let run = try workshop.retrain()
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains("'Rose' and 'rose' differ in upper and lower case only"))
        #expect(run.errors.contains("holds a line break"))
        let labels = String(decoding: try workshop.read("labels.txt"), as: UTF8.self)
        #expect(labels == "Rose\na b\nrose\nwith space\nÜnïcödé 猫\n")
    }

    // Files that are no photos, beside ones that are: named with their reasons, and exit code 3.
    @Test func unusableFiles() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses(count: 20)
        let photo = Workshop.photo([200, 40, 40], 99)
        try workshop.folder.write(photo, to: "photos/red/really a png.jpg")
        try workshop.folder.write("just words\n", to: "photos/red/text.jpg")
        try workshop.folder.write(Data(), to: "photos/red/zero.jpg")
        try workshop.folder.write(photo.prefix(photo.count / 2), to: "photos/red/cut.png")
        try workshop.folder.write(
            PNG.signature + PNG.header(width: 50_000, height: 50_000) + PNG.chunk("IDAT", [0x78, 1]),
            to: "photos/red/huge.png"
        )
        try workshop.folder.write(photo, to: "photos/red/deeper/inside.png")
        try workshop.folder.write(photo, to: "photos/loose.png")
        #expect(mkfifo(workshop.url.appendingPathComponent("photos/red/pipe.jpg").path, 0o600) == 0)
        try FileManager.default.createSymbolicLink(
            atPath: workshop.url.appendingPathComponent("photos/red/dangling.jpg").path, withDestinationPath: "/nowhere"
        )
        let run = try workshop.retrain()
        #expect(run.status == 3)
        #expect(run.output.contains("61 photos in 3 classes"))
        for sentence in [
            "red/text.jpg: it is a text file", "red/zero.jpg: it is empty (0 bytes)", "red/cut.png: it is",
            "red/huge.png: it is 50000 × 50000 pixels", "red/deeper is a folder inside a class folder",
            "loose.png is not used: it lies beside the class folders", "red/pipe.jpg: it is not a regular file",
            "red/dangling.jpg: it is a link to something that cannot be read: No such file",
        ] { #expect(run.errors.contains(sentence), "\(sentence) is missing in: \(run.errors)") }
        #expect(!run.errors.contains("really a png"))
    }

    // A photo that has no label is left out, which the exit code tells; other files are not missed.
    @Test(arguments: [("loose.png", true), ("README.txt", false), ("dangling", true)])
    func besideTheClassFolders(name: String, isMissed: Bool) throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses(count: 20)
        if name == "dangling" {
            try FileManager.default.createSymbolicLink(
                atPath: workshop.url.appendingPathComponent("photos/dangling").path, withDestinationPath: "/nowhere")
        } else {
            try workshop.folder.write(
                isMissed ? Workshop.photo([1, 2, 3], 1) : Data("about".utf8), to: "photos/\(name)")
        }
        let run = try workshop.retrain()
        #expect(run.status == (isMissed ? 3 : 0))
        #expect(run.errors.contains("\(name) is not used: it "), "\(run.errors)")
    }

    @Test func onePhotoInTwoClasses() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses(count: 20)
        try workshop.addPhotos("green", like: "red", count: 1, from: 7)
        #expect(try workshop.retrain().errors.contains("one label is wrong: green/7.png = red/7.png."))
    }

    // A model is made also where nobody reads what is printed.
    @Test func outputThatNobodyReads() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses(count: 20)
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments =
            ["-c", "\"$0\" \"$@\" 2>&1 | true", RegraftProcess.program.path] + workshop.retrainArguments()
        shell.currentDirectoryURL = workshop.url
        try shell.run()
        shell.waitUntilExit()
        #expect(FileManager.default.fileExists(atPath: workshop.url.appendingPathComponent("model").path))
    }

    @Test(arguments: [
        ["--output_graph", "photos"], ["--output_labels", "/proc/labels.txt"], ["--output_graph", "/dev/null"],
        ["--output_labels", "model"],
    ])
    func outputsThatCannotBeWritten(option: [String]) throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses(count: 3)
        let run = try RegraftProcess(workshop.retrainArguments() + option, in: workshop.url)
        #expect(run.status == 1)
        #expect(run.errors.contains("Error: "), "\(run.errors)")
        #expect(!run.output.contains("Step 0"))
    }

    // Without a cache it takes longer, and that is all.
    @Test func aCacheThatCannotBeKept() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses(count: 20)
        let run = try RegraftProcess(workshop.retrainArguments() + ["--bottleneck_dir", "/proc/x"], in: workshop.url)
        #expect(run.status == 0 && run.errors.contains("no bottlenecks are kept"), "\(run.errors)")
    }

    // A model whose weights are no numbers is not written.
    @Test func trainingThatDiverges() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses(count: 20)
        let run = try workshop.retrain(
            "--recipe", "retrain", "--learning_rate", "1e38", "--how_many_training_steps", "30")
        #expect(run.status == 1 && run.errors.contains("has diverged"), "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: workshop.url.appendingPathComponent("model").path))
    }

    // The file that a link points to is replaced, and not the link.
    @Test func outputThroughALink() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses(count: 20)
        try workshop.folder.write("old", to: "real")
        let link = workshop.url.appendingPathComponent("model")
        try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "real")
        #expect(try workshop.retrain().status == 0)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == "real")
        #expect(try workshop.read("real") != Data("old".utf8))
    }
}

import Foundation
import TestSupport
import Testing

/// `regraft analyze` with the tiny network that averages colours.
struct AnalyzeCommandTests {
    private let workshop: Workshop

    init() throws {
        workshop = try Workshop()
        for colour in ["red", "blue"] { try workshop.addPhotos(colour, like: colour, count: 12) }
    }

    private func analyze(_ arguments: String...) throws -> RegraftProcess {
        try RegraftProcess(
            ["analyze", "photos", "--architecture", "made", "--model_dir", "networks", "--bottleneck_dir", "cache"]
                + arguments, in: workshop.url)
    }

    /// Every file below the folder of photos, with its bytes.
    private func files() throws -> [String: Data] {
        let root = workshop.url.appendingPathComponent("photos")
        var found: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) {
            found[path] = (try? Data(contentsOf: root.appendingPathComponent(path))) ?? Data()
        }
        return found
    }

    @Test func listsWhatIsWrongAndChangesNothing() throws {
        try workshop.folder.write(Workshop.photo([200, 40, 40], 31), to: "photos/blue/wrong.png")
        try workshop.folder.write(Workshop.photo([40, 40, 200], 2), to: "photos/red/copy.png")
        let before = try files()
        let run = try analyze("--json", "out/found.json")
        #expect(run.status == 0, "\(run.errors)")
        #expect(
            run.output.contains("Photos: 26, classes: 2; labels in doubt: 2, likely wrong of them: 2;"), "\(run.output)"
        )
        let line = run.output.split(separator: "\n").first { $0.hasPrefix("blue/wrong.png") }
        #expect(line?.contains("red") == true && line?.contains("likely") == true, "\(run.output)")
        #expect(run.output.contains("blue/2.png = red/copy.png: The same file is there 2 times"), "\(run.output)")
        #expect(run.output.contains("Delete red/copy.png."))
        #expect(try files() == before)

        let answer = Answer(
            status: 0, text: String(decoding: try workshop.read("out/found.json"), as: UTF8.self))
        #expect(answer.integer("images") == 26 && answer.string("backbone") == "made" && answer.string("fit") == "crop")
        let kinds = answer.strings("findings", "kind")
        let wrong = try #require(
            kinds.indices.first { answer.string("findings.\($0).images.0.path") == "blue/wrong.png" })
        #expect(kinds[wrong] == "label_error" && answer.string("findings.\(wrong).suggestion.label") == "red")
        #expect(
            answer.string("findings.\(wrong).suggestion.images.0") == "blue/wrong.png")
    }

    @Test func limitsItsLists() throws {
        for number in 1..<5 {
            try workshop.folder.write(Workshop.photo([40, 40, 200], number), to: "photos/red/copy\(number).png")
        }
        let some = try analyze("--limit", "2")
        #expect(some.output.components(separatedBy: "Delete red/copy").count == 3, "\(some.output)")
        #expect(some.output.contains(" more; --limit 0 lists all."))
        let all = try analyze("--limit", "0")
        #expect(!all.output.contains("--limit"), "\(all.output)")
        #expect(all.output.components(separatedBy: "Delete red/copy").count > 3, "\(all.output)")
    }

    @Test func takesOneClass() throws {
        try FileManager.default.removeItem(at: workshop.url.appendingPathComponent("photos/red"))
        let run = try analyze()
        #expect(run.status == 0 && run.errors.contains("one class only"), "\(run.errors)")
    }

    @Test func namesPhotosThatCannotBeUsed() throws {
        try workshop.folder.write("no photo", to: "photos/red/notes.txt")
        let run = try analyze()
        #expect(run.status == 3 && run.errors.contains("red/notes.txt"), "\(run.errors)")
    }

    @Test func refusesWhatItCannotDo() throws {
        for (arguments, says) in [
            (["--json", "photos/found.json"], "stay as it is"), (["--json", "photos/red/0.png"], "stay as it is"),
            (["--json", "networks"], "is a folder"), (["--architecture", "none"], "none"),
        ] {
            let run = try RegraftProcess(
                ["analyze", "photos", "--architecture", "made", "--model_dir", "networks", "--bottleneck_dir", "cache"]
                    .filter { !arguments.contains("--architecture") || !["--architecture", "made"].contains($0) }
                    + arguments, in: workshop.url)
            #expect(run.status == 1 && run.errors.contains(says), "\(arguments): \(run.status) \(run.errors)")
        }
        #expect(try RegraftProcess(["analyze", "nowhere"], in: workshop.url).status == 1)
        #expect(try analyze("--limit", "-1").status == 64)
        try workshop.folder.write("no photo", to: "none/red/notes.txt")
        let none = try RegraftProcess(
            ["analyze", "none", "--architecture", "made", "--model_dir", "networks", "--bottleneck_dir", "cache"],
            in: workshop.url)
        #expect(none.status == 1 && none.errors.contains("None of the photos"), "\(none.errors)")
    }
}

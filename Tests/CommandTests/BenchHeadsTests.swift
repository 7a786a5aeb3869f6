import Foundation
import TestSupport
import Testing

/// Two classes that one feature tells apart, 8 photos each.
private struct TwoClasses {
    let folder: TemporaryFolder
    static let classes = (0..<16).map { $0 / 8 }

    init() throws {
        folder = try TemporaryFolder()
        var features: [Float] = []
        for photo in 0..<16 { features += [Float(photo / 8 * 4), Float(photo % 3), Float(photo % 5)] }
        try folder.write(MadeArray.floats("(16, 3)", features), to: "f.npy")
        try folder.write(MadeArray.integers("(16,)", Self.classes), to: "c.npy")
        try folder.write(MadeArray.integers("(1, 16)", (0..<16).map { $0 % 4 }), to: "folds.npy")
    }

    func run(_ more: String...) throws -> RegraftProcess {
        try RegraftProcess(
            ["bench", "heads", "--features", "f.npy", "--classes", "c.npy", "--folds", "folds.npy", "--out", "p.npy"]
                + more, in: folder.url)
    }

    /// `[repeats × photos]` rows of as many probabilities as there are classes.
    func rows(_ classCount: Int) throws -> [[Float]] {
        let values = MadeArray.content(of: try Data(contentsOf: folder.url.appendingPathComponent("p.npy")))
        return stride(from: 0, to: values.count, by: classCount).map { Array(values[$0..<$0 + classCount]) }
    }
}

struct BenchHeadsTests {
    @Test(arguments: ["auto", "retrain"])
    func testsEveryPhotoByAHeadThatKnowsItsClass(recipe: String) throws {
        let made = try TwoClasses()
        let run = try made.run("--recipe", recipe)
        #expect(run.status == 0, "\(run.errors)")
        let file = try Data(contentsOf: made.folder.url.appendingPathComponent("p.npy"))
        #expect(MadeArray.header(of: file).contains("'shape': (1, 16, 2)"))
        for (row, truth) in zip(try made.rows(2), TwoClasses.classes) {
            #expect(row[truth] > 0.5 && abs(row[0] + row[1] - 1) < 1e-5)
        }
    }

    // The classes of a fold are not looked at when it is tested: turned round there, the answers are the same.
    @Test func doesNotLearnFromWhatItTests() throws {
        let made = try TwoClasses()
        #expect(try made.run().status == 0)
        let before = try made.rows(2)
        let turned = TwoClasses.classes.enumerated().map { $0.offset % 4 == 1 ? 1 - $0.element : $0.element }
        try made.folder.write(MadeArray.integers("(16,)", turned), to: "c.npy")
        #expect(try made.run().status == 0)
        let after = try made.rows(2)
        for photo in 0..<16 { #expect((before[photo] == after[photo]) == (photo % 4 == 1)) }
    }

    // Fold −1 is only tested, whatever its class says, and each repeat has classes of its own.
    @Test func photosThatAreOnlyTested() throws {
        let made = try TwoClasses()
        let folds = (0..<16).map { $0 % 4 == 3 ? -1 : 0 }
        let known = zip(TwoClasses.classes, folds).map { $1 < 0 ? -1 : $0 }
        try made.folder.write(MadeArray.integers("(2, 16)", folds + folds), to: "folds.npy")
        try made.folder.write(
            MadeArray.integers("(2, 16)", known + known.map { $0 < 0 ? $0 : 1 - $0 }), to: "c.npy")
        let run = try made.run()
        #expect(run.status == 0, "\(run.errors)")
        let rows = try made.rows(2)
        for photo in 0..<16 {
            let truth = TwoClasses.classes[photo]
            if folds[photo] < 0 {
                #expect(rows[photo][truth] > 0.5 && rows[16 + photo][1 - truth] > 0.5)
            } else {
                // There is nothing but its own fold to learn from.
                #expect(rows[photo].allSatisfy(\.isNaN) && rows[16 + photo].allSatisfy(\.isNaN))
            }
        }
    }

    @Test(arguments: [
        ("f.npy", Data("none".utf8), "not a NumPy file of version 1.0"),
        ("f.npy", MadeArray.file("{}", Data(), version: 2), "not a NumPy file of version 1.0"),
        ("f.npy", Data([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0, 0x7B]), "header is not as numpy.save"),
        ("f.npy", MadeArray.file("{'shape': (16, 3)}", Data()), "header is not as numpy.save"),
        (
            "f.npy", MadeArray.file("{'descr': '<f8', 'fortran_order': False, 'shape': (16, 3), }", Data()),
            "must hold float32"
        ),
        (
            "f.npy", MadeArray.file("{'descr': '<f4', 'fortran_order': True, 'shape': (16, 3), }", Data()),
            "by columns"
        ),
        ("f.npy", MadeArray.floats("(16, 3)", [1, 2]), "does not fit its 8 bytes"),
        ("f.npy", MadeArray.floats("(4294967296, 4294967296, 16)", []), "does not fit its 0 bytes"),
        ("f.npy", MadeArray.floats("(99999999999999999999,)", [1]), "does not fit its 4 bytes"),
        ("f.npy", MadeArray.floats("(2, 1)", [1, .nan]), "not finite"),
        ("f.npy", MadeArray.floats("(0, 3)", []), "must be [photos, features]"),
        ("f.npy", MadeArray.floats("(3,)", [1, 2, 3]), "must be [photos, features]"),
        ("folds.npy", MadeArray.integers("(16,)", Array(repeating: 0, count: 16)), "must be [repeats, 16]"),
        ("folds.npy", MadeArray.integers("(1, 16)", Array(repeating: -2, count: 16)), "must be [repeats, 16]"),
        ("folds.npy", MadeArray.integers("(1, 16)", Array(repeating: 16, count: 16)), "must be [repeats, 16]"),
        ("c.npy", MadeArray.integers("(3,)", [0, 1, 0]), "must be [16] or [1, 16]"),
        ("c.npy", MadeArray.integers("(16,)", Array(repeating: 0, count: 16)), "two classes or more"),
        ("c.npy", MadeArray.integers("(16,)", Array(repeating: -1, count: 16)), "two classes or more"),
        ("c.npy", MadeArray.integers("(16,)", Array(repeating: .max, count: 16)), "two classes or more"),
    ])
    func refusesArraysThatDoNotFit(name: String, content: Data, reason: String) throws {
        let made = try TwoClasses()
        try made.folder.write(content, to: name)
        let run = try made.run()
        #expect(
            run.status == 1 && run.errors.contains("\(name) cannot be used") && run.errors.contains(reason), "\(run)")
        #expect(!FileManager.default.fileExists(atPath: made.folder.url.appendingPathComponent("p.npy").path))
    }
}

struct BenchUnknownTests {
    /// Four classes of photos, each with a feature of its own; asked are photos like them and photos with another feature.
    @Test func scoresWhatIsAskedOfIt() throws {
        guard
            FileManager.default.fileExists(
                atPath: Repository.backbones.appendingPathComponent("efficientnet-lite0.onnx").path)
        else { return printSkipped("bench unknown", because: "no network is in \(Repository.backbones.path)") }
        let folder = try TemporaryFolder()
        func photo(_ label: Int, _ number: Int) -> [Float] {
            (0..<1280).map { $0 % 8 == label ? 4 : Float(($0 * 7 + number * 13) % 11) / 20 }
        }
        let known = (0..<48).flatMap { photo($0 % 4, $0) }
        let asked = (0..<8).flatMap { photo($0 < 4 ? $0 : 6, 100 + $0) }
        try folder.write(MadeArray.floats("(48, 1280)", known), to: "f.npy")
        try folder.write(MadeArray.integers("(48,)", (0..<48).map { $0 % 4 }), to: "c.npy")
        try folder.write(MadeArray.floats("(8, 1280)", asked), to: "q.npy")
        let flags = ["bench", "unknown", "--classes", "c.npy", "--queries", "q.npy", "--out", "s.npy", "--features"]
        let run = try RegraftProcess(flags + ["f.npy"], in: folder.url)
        #expect(run.status == 0, "\(run.errors)")
        let scores = MadeArray.content(of: try Data(contentsOf: folder.url.appendingPathComponent("s.npy")))
        #expect(scores.count == 8 && (scores[..<4].max() ?? 1) < (scores[4...].min() ?? 0), "\(scores)")

        let wrong = try RegraftProcess(flags + ["c.npy"], in: folder.url)
        #expect(wrong.status != 0 && wrong.errors.contains("c.npy cannot be used"))
    }
}

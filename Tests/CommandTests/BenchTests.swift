import Foundation
import TestSupport
import Testing

/// The measurements on photos: what they leave, and what they refuse. What they measure is no matter of tests.
struct BenchTests {
    private static let network = ["--architecture", "made", "--model_dir", "networks", "--fit", "squash"]
    private static let cache = ["--bottleneck_dir", "cache"]

    // All photos of `features`, and of `fit` those that it is given, which follow from their names. The network's features are
    // the mean red, green and blue, and a fourth.
    @Test(arguments: [("features", 30), ("fit", 26)])
    func writesArrays(command: String, count: Int) throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses(count: 10)
        let more = command == "fit" ? ["--rounds", "1"] : []
        let run = try RegraftProcess(
            ["bench", command, "photos", "--write-arrays", "a/b"] + Self.network + Self.cache + more, in: workshop.url)
        #expect(run.status == 0, "\(run.errors)")
        let features = try workshop.read("a/b/features.npy")
        #expect(MadeArray.header(of: features).contains("'shape': (\(count), 4)"), "\(MadeArray.header(of: features))")
        let classes = try workshop.read("a/b/classes.npy")
        #expect(MadeArray.header(of: classes).contains("'descr': '<i8', 'fortran_order': False, 'shape': (\(count),)"))
        let values = MadeArray.content(of: features)
        try #require(classes.count >= 8 * count && values.count == 4 * count)
        let numbers = stride(from: classes.count - 8 * count, to: classes.count, by: 8).map { Int(classes[$0]) }
        for (photo, number) in numbers.enumerated() {
            let colours = Array(values[4 * photo..<4 * photo + 3])
            let label = ["blue", "green", "red"][number]
            #expect(["red", "green", "blue"].firstIndex(of: label) == colours.firstIndex(of: colours.max() ?? 0))
        }
        if command == "features" {
            #expect(try workshop.read("a/b/labels.txt") == Data("blue\ngreen\nred\n".utf8))
        }
    }

    @Test func accuracyOfEveryPhoto() throws {
        let workshop = try Workshop()
        try workshop.addThreeClasses(count: 10)
        let run = try RegraftProcess(
            ["bench", "accuracy", "photos", "--seeds", "1", "--folds", "3"] + Self.network + Self.cache,
            in: workshop.url)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("seed 0: 100.00 % of 30 photos right"), "\(run.output)")
    }

    @Test(arguments: ["fit", "extract"], ["0", "101"])
    func refusesRounds(command: String, rounds: String) throws {
        let workshop = try Workshop()
        let run = try RegraftProcess(["bench", command, "photos", "--rounds", rounds], in: workshop.url)
        #expect(run.status == 64 && run.errors.contains("--rounds must be 1 to 100"), "\(run.errors)")
    }
}

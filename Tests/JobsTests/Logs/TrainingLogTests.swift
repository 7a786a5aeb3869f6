import Domain
import Formats
import Foundation
import Jobs
import TestSupport
import Testing
import Training

struct TrainingLogTests {
    private let folder: TemporaryFolder
    private let complaints = Mutexed<[String]>([])

    init() throws { folder = try TemporaryFolder() }

    private func log(interval: Int = 1, validation: Int = 1) -> TrainingLog {
        let examples = { (count: Int) in
            Examples(
                features: FeatureMatrix([Float](repeating: 1, count: count * 2), columns: 2),
                classes: Array(repeating: 0, count: count))
        }
        let none = Examples(features: FeatureMatrix(columns: 2), classes: [])
        let set = TrainingSet(
            labels: ["a", "b"], train: examples(250), validation: validation > 0 ? examples(validation) : none,
            test: none, groups: Array(0..<250 + validation), views: [])
        return TrainingLog(in: folder.url, set, ["seed": .number(1)], interval: interval) { [complaints] reason in
            complaints.change { $0.append(reason) }
        }
    }

    private func step(_ number: Int, of total: Int?, weights: [Float] = [1, 2, 3, -2]) -> TrainingStep {
        let metrics = Metrics(accuracy: 0.5, crossEntropy: 0.25, count: 4)
        return TrainingStep(number: number, total: total, train: metrics, validation: metrics) {
            Head(labels: ["a", "b"], transform: .raw, featureCount: 2, weights: weights, biases: [0.5, -0.5])
        }
    }

    private func events(_ run: String) throws -> [LoggedEvent] {
        try LoggedEvent.all(in: folder.url.appendingPathComponent(run))
    }

    /// By NumPy: mean, std, max and min of 1, 2, 3, −2 and of ±0.5.
    @Test func sumsUpTheLayer() throws {
        log().step(step(7, of: nil))
        let event = try #require(try events("train").last)
        #expect(event.step == 7)
        let expected: [String: Float] = [
            "weights/summaries/mean": 1, "weights/summaries/stddev_1": 1.8708287, "weights/summaries/max": 3,
            "weights/summaries/min": -2, "biases/summaries/mean": 0, "biases/summaries/stddev_1": 0.5,
            "biases/summaries/max": 0.5, "biases/summaries/min": -0.5,
        ]
        for (tag, value) in expected { #expect(event.scalars["final_training_ops/\(tag)"] == value, "\(tag)") }
        #expect(event.histograms["final_training_ops/weights/summaries/histogram"] == 4)
        // Two scores of each of at most 100 photos: of 250 every third.
        #expect(event.histograms["activations"] == 168)
    }

    // What TensorBoard does not show is not written: it would be most of the file.
    @Test func hasFewHistograms() throws {
        let log = log(interval: 10)
        for number in stride(from: 0, to: 4_000, by: 10) { log.step(step(number, of: 4_000)) }
        log.step(step(3_999, of: 4_000))
        for run in ["train", "validation"] {
            let found = try events(run)
            #expect(found.count { $0.scalars["accuracy_1"] != nil } == 401)
            let shown = found.filter { $0.histograms["activations"] != nil }.map(\.step)
            #expect((50...102).contains(shown.count) && shown.first == 0 && shown.last == 3_999)
        }
    }

    @Test func hasNoRunOfNoPhotos() throws {
        log(validation: 0).step(step(0, of: 1))
        #expect(try folder.contents() == ["train"])
    }

    // Numbers of a head that has gone astray are shown as far as they are numbers.
    @Test func survivesWhatIsNoNumber() throws {
        log().step(step(0, of: 1, weights: [.nan, .infinity, 1, 2]))
        let event = try #require(try events("train").last)
        #expect(event.histograms["final_training_ops/weights/summaries/histogram"] == 2)
        #expect(event.scalars["final_training_ops/weights/summaries/mean"]?.isNaN == true)
    }

    // It says so once, and is silent afterwards.
    @Test func complainsOnce() throws {
        try folder.write("a file", to: "train")
        let log = log()
        for number in 0..<3 { log.step(step(number, of: 3)) }
        log.fail()
        #expect(complaints.value.count == 1 && complaints.value[0].contains(folder.url.path))
    }
}

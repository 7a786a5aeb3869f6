import Domain
import Foundation
import Jobs
import Storage
import TestSupport
import Testing

@Suite("Logs of jobs", .timeLimit(.minutes(2)))
struct JobLogTests {
    private struct Point: Decodable {
        let step: Int
        let trainAccuracy, trainCrossEntropy: Double
        let validationAccuracy, validationCrossEntropy: Double
    }

    /// The curve of the events that a client of the API sees.
    private func curve(of id: JobID, _ workplace: Workplace) async throws -> [Point] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try await workplace.events(of: id).filter { $0.kind == .metric }
            .map { try decoder.decode(Point.self, from: Data($0.data.utf8)) }
    }

    private func train(
        _ workplace: Workplace, _ change: (inout TrainingOptions) -> Void = { _ in }
    ) async throws -> Job {
        let id = try await workplace.submitTraining("colours", change)
        return try await workplace.running {
            let job = try await workplace.end(of: id)
            await workplace.logs.written()
            return job
        }
    }

    // Every point of the curve, in both runs, with the numbers that the job's events have (rounded there).
    @Test(arguments: [TrainingOptions.Recipe.auto, .retrain])
    func haveTheCurve(_ recipe: TrainingOptions.Recipe) async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos()
        let job = try await train(workplace) {
            ($0.recipe, $0.steps, $0.evaluationInterval) = (recipe, 45, recipe == .auto ? 2 : 10)
        }
        #expect(job.state == .succeeded)
        let points = try await curve(of: job.id, workplace)
        #expect(points.count > 2)
        for (run, accuracy, crossEntropy) in [
            ("train", \Point.trainAccuracy, \Point.trainCrossEntropy),
            ("validation", \Point.validationAccuracy, \Point.validationCrossEntropy),
        ] {
            let events = try workplace.events(of: job.id, run)
            #expect(events.first?.version == "brain.Event:2" && events.dropFirst().first?.isSessionStart == true)
            #expect(events.map(\.wallTime) == events.map(\.wallTime).sorted())
            let curve = events.filter { $0.scalars["accuracy_1"] != nil }
            #expect(curve.map(\.step) == points.map(\.step))
            for (event, point) in zip(curve, points) {
                #expect(abs(Double(event.scalars["accuracy_1"] ?? -1) - point[keyPath: accuracy]) <= 5.1e-5)
                #expect(abs(Double(event.scalars["cross_entropy_1"] ?? -1) - point[keyPath: crossEntropy]) <= 1e-5)
            }
        }
    }

    @Test func haveWhatTheTutorialSaysOfTheLastLayer() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos()
        let job = try await train(workplace) { ($0.recipe, $0.steps) = (.retrain, 25) }
        let events = try workplace.events(of: job.id, "train")
        let first = try #require(events.first { $0.scalars["accuracy_1"] != nil })
        let layers = ["weights", "biases"].map { "final_training_ops/\($0)/summaries" }
        let names = layers.flatMap { layer in ["mean", "stddev_1", "max", "min"].map { "\(layer)/\($0)" } }
        #expect(Set(first.scalars.keys) == Set(names + ["accuracy_1", "cross_entropy_1"]))
        for layer in layers {
            func value(_ name: String) -> Float { first.scalars["\(layer)/\(name)"] ?? .nan }
            #expect(value("min") <= value("mean") && value("mean") <= value("max") && value("stddev_1") >= 0)
        }
        // Three classes, of as many features as the stub's bottlenecks have; 12 photos a class, about 10 of them to train on.
        #expect(first.histograms["\(layers[1])/histogram"] == 3)
        let activations = try #require(first.histograms["activations"])
        #expect(first.histograms["final_training_ops/Wx_plus_b/pre_activations"] == activations)
        #expect(activations.truncatingRemainder(dividingBy: 3) == 0 && (60...108).contains(activations))
        let validation = try workplace.events(of: job.id, "validation")
        #expect(validation.contains { $0.histograms["activations"] != nil })
    }

    @Test func endWithWhatHasComeOfIt() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos()
        let job = try await train(workplace)
        let events = try workplace.events(of: job.id, "train")
        let ending = try #require(events.first { $0.contents["_hparams_/session_end_info"] != nil })
        #expect(ending.scalars["final/test_accuracy"].map(Double.init) == job.metrics.testAccuracy)
        #expect(ending.step == events.filter { $0.scalars["accuracy_1"] != nil }.last?.step)
        // In the content, SessionEndInfo is field 4; of it, the status is field 1, and 1 is a success.
        #expect(ending.contents["_hparams_/session_end_info"]?.prefix(4).dropFirst(2) == Data([0x08, 0x01]))
        let start = try #require(events.first { $0.contents["_hparams_/session_start_info"] != nil })
        let said = String(decoding: start.contents["_hparams_/session_start_info"] ?? Data(), as: UTF8.self)
        for option in ["recipe", "auto", "dataset", "colours", "backbone", "stub", "seed"] {
            #expect(said.contains(option))
        }
        #expect(!said.contains("learning_rate"))
        #expect(events.compactMap(\.graph) == [Data("stub: blue green red".utf8)])
        let image = events.lazy.compactMap { $0.images["final/confusion"] }.first
        #expect(image?.starts(with: [0x89, 0x50, 0x4E, 0x47]) == true)
        let folder = workplace.logs.folder.appendingPathComponent("\(job.id)/train")
        let metadata = String(
            decoding: try Data(contentsOf: folder.appendingPathComponent("metadata.tsv")), as: UTF8.self)
        let version = try #require(try await workplace.catalog.version(1, of: name("colours")))
        let evaluation = try EvaluationDocument(
            decoding: try #require(try workplace.blobs.read(version.evaluation)))
        #expect(metadata.split(separator: "\n").count == evaluation.testImages + 1)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(names).isSuperset(of: ["projector_config.pbtxt", "sprite.png", "bottlenecks.tensor"]))
    }

    // While the first has its pictures drawn, the others wait for theirs; of all of them is known that they are over.
    @Test func endAlsoWhereTheServerStops() async throws {
        let isStopping = Mutexed(false)
        let workplace = try Workplace(drawing: {
            while !isStopping.value { usleep(1_000) }
            usleep(50_000)
        })
        try await workplace.addPhotos()
        var ids: [JobID] = []
        for _ in 0..<6 { ids.append(try await workplace.submitTraining { ($0.recipe, $0.steps) = (.retrain, 10) }) }
        try await workplace.running {
            defer { isStopping.change { $0 = true } }
            for id in ids { try await workplace.end(of: id) }
        }
        for id in ids {
            let ending = try workplace.events(of: id, "train").first {
                $0.contents["_hparams_/session_end_info"] != nil
            }
            #expect(ending?.scalars["final/test_accuracy"] != nil)
        }
    }

    // Nothing of a first attempt is left to be mistaken for the second's.
    @Test func beginAnewWithEachAttempt() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos()
        let id = try await workplace.submitTraining { ($0.recipe, $0.steps) = (.retrain, 1_000_000_000) }
        try await workplace.running {
            try await workplace.until {
                let progress = workplace.runner.numbers(of: id)?.0
                return progress?.unit == .steps && progress?.done ?? 0 > 20
            }
        }
        let before = try workplace.events(of: id, "train")
        #expect(before.last?.contents["_hparams_/session_end_info"] != nil)
        let second = try Workplace(workplace.folder, catalog: workplace.catalog)
        try await second.running {
            try await second.until { second.runner.numbers(of: id)?.0.unit == .steps }
        }
        let after = try second.events(of: id, "train")
        #expect(
            after.count { $0.isSessionStart } == 1
                && after.count { $0.scalars["accuracy_1"] != nil && $0.step == 0 } == 1)
        let times = (try #require(before.last).wallTime, try #require(after.first).wallTime)
        #expect(times.0 <= times.1)
    }

    @Test func sayThatATrainingHasFailed() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos()
        let id = try await workplace.submitTraining { ($0.recipe, $0.learningRate, $0.steps) = (.retrain, 1e30, 50) }
        let job = try await workplace.running { try await workplace.end(of: id) }
        #expect(job.state == .failed && job.error?.code == "diverged")
        let content = try workplace.events(of: id, "train").last?.contents["_hparams_/session_end_info"]
        #expect(content?.prefix(4).dropFirst(2) == Data([0x08, 0x02]))
    }

    // A file where the folder should be, and a disk with too little room: the training is as good without.
    @Test func areNotWorthATraining() async throws {
        let workplace = try Workplace()
        try workplace.folder.write("a file", to: "logs")
        let full = try Workplace(room: KeptRoom(minimum: 1_000) { 999 })
        for workplace in [workplace, full] {
            try await workplace.addPhotos()
            let job = try await train(workplace)
            #expect(job.state == .succeeded)
            let warnings = try await workplace.events(of: job.id).filter { $0.kind == .warning }
            #expect(warnings.count { $0.data.contains(#""code":"log""#) } == 1, "\(warnings)")
            #expect(warnings.contains { $0.data.contains("log logs/\(job.id) ends here") })
            // Who trains need not know where the server has its data.
            #expect(!warnings.contains { $0.data.contains(workplace.folder.url.path) })
        }
        #expect(!FileManager.default.fileExists(atPath: full.logs.folder.path))
    }
}

extension Workplace {
    func events(of job: JobID, _ run: String) throws -> [LoggedEvent] {
        try LoggedEvent.all(in: logs.folder.appendingPathComponent("\(job)/\(run)"))
    }
}

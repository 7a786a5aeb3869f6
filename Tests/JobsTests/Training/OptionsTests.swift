import Domain
import Formats
import Foundation
import Jobs
import Storage
import TestSupport
import Testing

@Suite("Options of a training", .timeLimit(.minutes(2)))
struct OptionsTests {
    private let workplace: Workplace

    init() throws { workplace = try Workplace() }

    /// Trains on the three colours, and reads what has come of it.
    private func train(
        _ change: (inout TrainingOptions) -> Void
    ) async throws -> (version: ModelVersion, bundle: HeadBundle, evaluation: EvaluationDocument, events: [JobEvent]) {
        try await workplace.addPhotos(24)
        let id = try await workplace.submitTraining("colours", change)
        let job = try await workplace.running { try await workplace.end(of: id) }
        try #require(job.state == .succeeded, "\(String(describing: job.error))")
        let number = try #require(job.modelVersion)
        let version = try #require(try await workplace.catalog.version(number, of: name("colours")))
        let (head, evaluation) = (try workplace.blobs.read(version.head), try workplace.blobs.read(version.evaluation))
        return (
            version, try HeadBundle(decoding: head ?? Data()), try EvaluationDocument(decoding: evaluation ?? Data()),
            try await workplace.events(of: id)
        )
    }

    // No class of its own, but what is called unknown looks like it.
    @Test func noneOfTheClassesIsNoClass() async throws {
        let result = try await train { $0.noneLabel = Label(trusted: "blue") }
        #expect(result.version.labels.map(\.text) == ["green", "red"])
        #expect(result.bundle.head.labels == ["green", "red"])
        let unknown = try #require(result.bundle.abstention?.unknown)
        #expect(!unknown.negatives.isEmpty && unknown.terms.negatives.weight == 1)
        #expect(result.evaluation.notes.contains { $0.contains("of none of the classes are recognised") })
        // The photos of none of the classes are not among those that are tested.
        #expect(!result.evaluation.classes.contains { $0.label == "blue" })
    }

    @Test func saysWhenThereIsNoneOfTheClasses() async throws {
        let result = try await train { $0.noneLabel = Label(trusted: "violet") }
        #expect(result.version.labels.count == 3 && result.bundle.abstention?.unknown?.negatives.isEmpty == true)
        #expect(result.events.contains { $0.kind == .warning && $0.data.contains("no_negatives") })
    }

    @Test func keepsTheThresholdOfItsPrecision() async throws {
        let result = try await train { $0.targetPrecision = 0.99 }
        #expect(result.bundle.abstention?.targetPrecision == 0.99)
        #expect(result.bundle.abstention?.confidenceThreshold != nil)
    }

    // Both ways are computed, and the better one is what the model expects.
    @Test func findsOutHowPhotosBecomeSquare() async throws {
        let result = try await train { $0.fit = .auto }
        #expect([.crop, .squash].contains(result.version.fit) && result.bundle.fit == result.version.fit)
        #expect(
            result.evaluation.notes.contains {
                $0.hasPrefix("Photos are cropped") || $0.hasPrefix("Photos are squashed")
            })
        let trial = try #require(result.evaluation.trials?.first)
        #expect(trial.setting == "fit" && trial.chosen == result.version.fit.rawValue)
        #expect(trial.options.map(\.value) == ["crop", "squash"])
        #expect(abs(trial.options[0].logLoss - trial.options[1].logLoss - trial.logLossDifference) < 2e-6)
        // 72 photos, each in two ways.
        #expect(workplace.trainingRuns == 144)
    }

    @Test(arguments: TrainingOptions.Recipe.allCases)
    func saysWhetherDistortedViewsHelped(_ recipe: TrainingOptions.Recipe) async throws {
        let result = try await train {
            $0.recipe = recipe
            $0.steps = 50
            $0.distortions.flipLeftRight = true
            $0.views = 1
        }
        #expect(result.evaluation.notes.contains { $0.hasPrefix("The distorted views ") }, "\(result.evaluation.notes)")
        let trial = try #require(result.evaluation.trials?.first)
        #expect(trial.setting == "distorted_views" && result.evaluation.trials?.count == 1)
        // Of the predictions that the model is judged by, calibrated.
        let loss = trial.options.first { $0.value == trial.chosen }?.logLoss
        #expect(abs((loss ?? 0) - (result.evaluation.heldOut?.logLoss ?? 1)) < 1e-4)
        #expect((result.evaluation.selection == nil) == (recipe == .retrain))
        // What goes on without a curve is told too.
        let units = result.events.filter { $0.kind == .progress && $0.data.contains(#""phase":"fit""#) }
            .map { $0.data.contains(#""unit":"fits""#) ? "fits" : "steps" }
        #expect(units.first == (recipe == .auto ? "fits" : "steps"), "\(units)")
    }
}

import Domain
import Foundation
import Jobs
import Serving
import Storage
import TestSupport
import Testing

@Suite("Publication", .timeLimit(.minutes(2)))
struct PublicationTests {
    private let workplace: Workplace

    init() throws { workplace = try Workplace() }

    private var answering: Int? { workplace.registry.model(name("colours"), alias: .latest)?.version.number }

    private func train(_ policy: PromotionPolicy) async throws -> JobID {
        let id = try await workplace.submitTraining(promotion: policy)
        #expect(try await workplace.end(of: id).state == .succeeded)
        return id
    }

    @Test func movesLatestAsItIsTold() async throws {
        try await workplace.addPhotos()
        try await workplace.running {
            _ = try await train(.manual)
            #expect(answering == nil)
            #expect(try await workplace.catalog.alias(.latest, of: name("colours")) == nil)
            _ = try await train(.latest)
            #expect(answering == 2)
            // Equally good counts as better: it knows more photos.
            _ = try await train(.ifBetter)
            #expect(answering == 3)
            _ = try await train(.manual)
            #expect(answering == 3)
        }
        let versions: [ModelVersion] = try await workplace.catalog.versions(of: name("colours"), before: nil, limit: 10)
        #expect(versions.map(\.number) == [4, 3, 2, 1])
        #expect(try await workplace.catalog.alias(.latest, of: name("colours"))?.version == 3)
    }

    @Test func staysWithTheBetterOne() async throws {
        try await workplace.addPhotos()
        try await workplace.running {
            _ = try await train(.latest)
            #expect(answering == 1)
            // A worse one, which has learnt next to nothing.
            var options = TrainingOptions()
            (options.recipe, options.steps, options.learningRate) = (.retrain, 1, 1e-6)
            for (policy, expected) in [(PromotionPolicy.ifBetter, 1), (.latest, 3)] {
                let id = try await workplace.service.submit(
                    TrainSpecification(
                        dataset: name("colours"), datasetVersion: 1, model: name("colours"), backbone: "stub",
                        options: options, promotion: policy), priority: 0, idempotency: nil
                ).job.id
                #expect(try await workplace.end(of: id).state == .succeeded)
                #expect(answering == expected)
                let isWarned = try await workplace.events(of: id).contains { $0.data.contains("not_promoted") }
                #expect(isWarned == (policy == .ifBetter))
            }
        }
    }

    // Accuracies on two datasets say nothing of each other, so the new one answers, and somebody is told.
    @Test func promotesWhatCannotBeCompared() async throws {
        try await workplace.addPhotos()
        try await workplace.addPhotos(5, to: "other")
        try await workplace.running {
            _ = try await train(.latest)
            let id = try await workplace.submitTraining("other", model: "colours", promotion: .ifBetter)
            #expect(try await workplace.end(of: id).state == .succeeded)
            #expect(answering == 2)
            let warning = try await workplace.events(of: id).first { $0.data.contains("not_comparable") }
            #expect(warning?.data.contains("another dataset, 'colours'") == true)
        }
    }

    /// Not that of the curve's last point, which is of 100 photos drawn at random.
    @Test func keepsTheAccuracyOnAllValidationPhotos() async throws {
        try await workplace.addPhotos(40)
        var accuracies: Set<Double> = []
        try await workplace.running {
            // Heads that have learned nothing, so that some of them are right about some colours only.
            for number in 1...6 {
                let id = try await workplace.submitTraining {
                    ($0.recipe, $0.steps, $0.learningRate, $0.seed) = (.retrain, 1, 1e-9, UInt64(number))
                }
                let job = try await workplace.end(of: id)
                let version = try #require(try await workplace.catalog.version(number, of: name("colours")))
                let data = try #require(try workplace.blobs.read(version.evaluation))
                let document = try EvaluationDocument(decoding: data)
                let accuracy = try #require(version.metrics.validationAccuracy)
                #expect(job.metrics == version.metrics && document.validationAccuracy == accuracy)
                let correct = accuracy * Double(document.validationImages)
                #expect(abs(correct - correct.rounded()) < 1e-9 && document.validationImages < 100)
                accuracies.insert(accuracy)
            }
        }
        #expect(accuracies.contains { $0 > 0 && $0 < 1 })
    }

    // Before anybody is answered by it, and before it is there at all.
    @Test func refusesAHeadThatAnswersOtherwise() async throws {
        let isWrong = Mutexed(false)
        // Serving sees other features than training did.
        let workplace = try Workplace { _, features in if isWrong.value { features = [0, 255, 0] } }
        try await workplace.addPhotos()
        try await workplace.running {
            let first = try await workplace.submitTraining()
            #expect(try await workplace.end(of: first).state == .succeeded)
            workplace.listen { _, _, event in
                if case .state(.running, .publish, _) = event { isWrong.change { $0 = true } }
            }
            let second = try await workplace.end(of: try await workplace.submitTraining())
            #expect(second.state == .failed && second.error?.code == "golden_mismatch" && second.attempt == 1)
        }
        #expect(try await workplace.catalog.model(name("colours"))?.newestVersion == 1)
        #expect(workplace.registry.model(name("colours"), alias: .latest)?.version.number == 1)
    }

    /// A rollback is a move like any other; the next training moves on from it.
    @Test func rollsBack() async throws {
        try await workplace.addPhotos()
        try await workplace.running {
            for _ in 0..<2 { _ = try await train(.latest) }
            let old = try #require(try await workplace.catalog.version(1, of: name("colours")))
            let served = try await workplace.promoter.verified(old)
            let alias = try await workplace.catalog.moveAlias(
                .latest, of: name("colours"), to: 1, ifGeneration: 2, at: .now)
            workplace.registry.serve(served, as: alias)
            #expect(answering == 1 && alias.generation == 3)
            _ = try await train(.latest)
            #expect(answering == 3)
        }
        let history = try await workplace.catalog.history(of: .latest, model: name("colours"), limit: 10)
        #expect(history.map(\.version) == [3, 1, 2, 1])
    }
}

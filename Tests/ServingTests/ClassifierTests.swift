import Domain
import Foundation
import Serving
import TestSupport
import Testing

@Suite("Classifying", .timeLimit(.minutes(1)))
struct ClassifierTests {
    private func classifier(
        queue: Int = 64, workers: Int = 1, deadline: Duration = .seconds(3600),
        priority: ServingPriority = ServingPriority()
    ) -> Classifier {
        var settings = Classifier.Settings()
        (settings.queue, settings.workers, settings.deadline) = (queue, workers, deadline)
        return Classifier(settings, priority: priority)
    }

    // A request is refused as a whole, or goes over the limit as a whole.
    @Test func refusesWhatIsTooMuch() throws {
        let classifier = classifier(queue: 4)
        var admissions = [try classifier.admit(1), try classifier.admit(2)]
        #expect(classifier.load == 3)
        admissions.append(try classifier.admit(8))
        #expect(classifier.load == 11)
        let refusal = #expect(throws: RegraftError.self) { try classifier.admit(1) }
        #expect(refusal?.code == "overloaded" && classifier.load == 11)
        // Room is given back by whoever lets go of it.
        admissions.removeLast()
        #expect(classifier.load == 3)
        admissions.append(try classifier.admit(1))
        #expect(classifier.load == 4)
        admissions.removeAll()
        #expect(classifier.load == 0)
    }

    @Test func computesNothingThatIsTooLate() async throws {
        let shop = try Shop()
        let model = try await shop.load(1)
        let admission = try classifier(deadline: .zero).admit(1)
        #expect(await code { try await admission.classify(Shop.picture, by: model) } == "expired")
        #expect(shop.engine.runCount == 0)
    }

    @Test func computesNothingThatNobodyWaitsFor() async throws {
        let latch = Latch()
        let shop = try Shop { _, _ in latch.wait() }
        let model = try await shop.load(1)
        let classifier = classifier()
        let first = Task { try await classifier.admit(1).classify(Shop.picture, by: model) }
        while latch.count == 0 { await Task.yield() }
        // These wait for the only worker.
        let abandoned = (0..<8).map { _ in Task { try await classifier.admit(1).classify(Shop.picture, by: model) } }
        while classifier.load < 9 { await Task.yield() }
        for task in abandoned { task.cancel() }
        latch.open()
        #expect(try await first.value.probabilities.count == 2)
        for task in abandoned { await #expect(throws: CancellationError.self) { try await task.value } }
        #expect(shop.engine.runCount == 1)
        // One that is wanted is.
        _ = try await classifier.admit(1).classify(Shop.picture, by: model)
        #expect(shop.engine.runCount == 2)
    }

    // What goes wrong with one picture is no other's concern, and its room is given back.
    @Test func saysWhatIsWrong() async throws {
        let shop = try Shop { run, features in
            if run == 1 { features[0] = .nan }
            if run == 2 { throw RegraftError("inference_failed", "The engine is out of order.") }
        }
        let model = try await shop.load(1)
        let classifier = classifier()
        func classify(_ picture: Data) async throws -> Classification {
            try await classifier.admit(1).classify(picture, by: model)
        }
        await #expect(throws: ImageError.self) { try await classify(Data("text".utf8)) }
        await #expect(throws: ImageError.self) { try await classify(Shop.picture) }
        #expect(await code { try await classify(Shop.picture) } == "inference_failed")
        let answer = try await classify(Shop.picture)
        #expect(abs(answer.probabilities[1] - Shop.probability(of: 1)) < 1e-6)
        #expect(abs(answer.probabilities.reduce(0, +) - 1) < 1e-6 && classifier.load == 0)
    }
}

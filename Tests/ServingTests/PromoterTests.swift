import Domain
import Foundation
import Images
import Serving
import TestSupport
import Testing

@Suite("Promotion")
struct PromoterTests {
    private let shop: Shop

    init() throws { shop = try Shop() }

    private func golden(_ probability: Float = Shop.probability(of: 3)) -> GoldenPhoto {
        GoldenPhoto(digest: shop.add(Shop.picture), probabilities: [1 - probability, probability])
    }

    @Test func triesAHeadOnItsGoldenPhotos() async throws {
        let version = try shop.version(3, golden: [golden(), golden(Shop.probability(of: 3) + 0.005)])
        let model = try await shop.promoter().verified(version)
        #expect(model.version == version && shop.engine.runCount == 2)
    }

    // Each part of what a head needs, and what is said where it is not as it was.
    @Test func refusesWhatIsNotAsItWas() async throws {
        let promoter = shop.promoter()
        let damaged = try shop.version(1)
        shop.damage(damaged.head)
        #expect(await code { try await promoter.verified(damaged) } == "invalid_bundle")
        let missing = try shop.version(2)
        shop.remove(missing.head)
        #expect(await code { try await promoter.verified(missing) } == "missing_head")
        let other = try shop.version(3, backboneHash: String(repeating: "0", count: 64))
        #expect(await code { try await promoter.verified(other) } == "backbone_hash_mismatch")
        let prepared = try shop.version(4, preprocessing: "in another way")
        #expect(await code { try await promoter.verified(prepared) } == "preprocessing_mismatch")
        #expect(shop.engine.runCount == 0)
    }

    @Test(arguments: [-0.02, 0.02] as [Float])
    func refusesOtherAnswers(_ difference: Float) async throws {
        let version = try shop.version(3, golden: [golden(), golden(Shop.probability(of: 3) + difference)])
        #expect(await code { try await shop.promoter().verified(version) } == "golden_mismatch")
    }

    @Test func refusesAnotherNumberOfClasses() async throws {
        let photo = GoldenPhoto(digest: shop.add(Shop.picture), probabilities: [1 - Shop.probability(of: 3)])
        let version = try shop.version(3, golden: [photo])
        #expect(await code { try await shop.promoter().verified(version) } == "golden_mismatch")
    }

    // A dataset may be deleted, and its photos with it; that says nothing of the head.
    @Test func passesOverPhotosThatAreGone() async throws {
        let gone = golden(0.9)
        shop.remove(gone.digest)
        let version = try shop.version(3, golden: [gone])
        #expect(try await shop.promoter().verified(version).version == version)
    }

    // Settings may be lowered after a model was made; a photo that is damaged is another matter.
    @Test func passesOverPhotosThatAreNoLongerLetIn() async throws {
        let version = try shop.version(3, golden: [golden()])
        for change in [{ $0.maximumBytes = 10 }, { $0.maximumPixels = 1 }] as [(inout ImageLimits) -> Void] {
            var limits = ImageLimits()
            change(&limits)
            let classifier = Classifier(limits: limits, priority: ServingPriority())
            #expect(try await shop.promoter(classifier).verified(version).version == version)
        }
        let torn = GoldenPhoto(digest: shop.add(Shop.picture.prefix(60)), probabilities: [0, 1])
        let other = try shop.version(4, golden: [torn])
        await #expect(throws: ImageError.self) { try await shop.promoter().verified(other) }
    }

    // Nobody can be refused for it, and it waits behind nobody's place in the queue.
    @Test func takesNoPlaceInTheQueue() async throws {
        var settings = Classifier.Settings()
        settings.queue = 1
        let classifier = Classifier(settings, priority: ServingPriority())
        let admission = try classifier.admit(1)
        let version = try shop.version(3, golden: [golden()])
        #expect(try await shop.promoter(classifier).verified(version).version == version)
        #expect(classifier.load == 1)
        withExtendedLifetime(admission) {}
    }

    // Under load it waits; the answer is wanted however late it comes.
    @Test func hasNoDeadline() async throws {
        var settings = Classifier.Settings()
        settings.deadline = .zero
        let version = try shop.version(3, golden: [golden()])
        let model = try await shop.promoter(Classifier(settings, priority: ServingPriority())).verified(version)
        #expect(model.version == version && shop.engine.runCount == 1)
    }
}

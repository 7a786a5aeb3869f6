import Domain
import Foundation
import Jobs
import Storage
import TestSupport
import Testing

@Suite("Comparing versions", .timeLimit(.minutes(2)))
struct VersionComparisonTests {
    private typealias Photo = VersionComparison.Photo

    private func comparison(_ photos: [(label: String, first: String, second: String)]) -> VersionComparison {
        VersionComparison(
            photos.enumerated().map { index, photo in
                Photo(
                    image: Int64(index), dataset: "d", label: photo.label, first: photo.first, second: photo.second)
            }, first: (name("m"), 1), second: (name("m"), 2), testedByBoth: 3, leftOut: 4, unusable: 5)
    }

    @Test func countsWhatChanged() {
        let found = comparison([
            ("x", "x", "x"), ("x", "y", "x"), ("x", "y", "x"), ("y", "y", "x"), ("y", "x", "z"), ("z", "x", "x"),
        ])
        #expect(found.images == 6 && found.a.accuracy == 2.0 / 6 && found.b.accuracy == 3.0 / 6)
        #expect(found.mcnemar.onlyA == 1 && found.mcnemar.onlyB == 2 && found.mcnemar.pValue == 1)
        #expect(found.classes.map(\.label) == ["y", "x"])
        #expect(found.classes[0].a == 1 && found.classes[0].b == 0 && found.classes[1].images == 3)
        // Worse, then wrong before and after, then better; photos that are answered alike are not listed.
        #expect(found.changed.map(\.image) == [3, 4, 1, 2] && found.changedImages == 4)
        #expect(found.changed[0].before == "y" && found.changed[0].after == "x")
        #expect(found.imagesTestedByBoth == 3 && found.imagesLeftOut == 4 && found.imagesUnusable == 5)
    }

    @Test func saysWhichIsBetter() {
        let better = comparison((0..<8).map { _ in ("x", "y", "x") })
        #expect(better.conclusion.hasPrefix("b is better") && better.mcnemar.pValue < 0.05)
        let worse = comparison((0..<8).map { _ in ("x", "x", "y") })
        #expect(worse.conclusion.hasPrefix("a is better"))
        #expect(comparison([("x", "y", "x")]).conclusion.hasPrefix("No difference beyond chance"))
        let none = comparison([])
        #expect(none.a.accuracy == nil && none.b.accuracyInterval == nil && none.conclusion.contains("no photo"))
    }

    // MARK: Of what is stored

    private func document(_ workplace: Workplace, _ number: Int) async throws -> EvaluationDocument {
        let version = try #require(try await workplace.catalog.version(number, of: name("colours")))
        return try EvaluationDocument(decoding: try #require(try workplace.blobs.read(version.evaluation)))
    }

    private func compare(_ workplace: Workplace, _ a: Int, _ b: Int) async throws -> VersionComparison {
        let versions = try await [a, b].asyncMap {
            try #require(try await workplace.catalog.version($0, of: name("colours")))
        }
        return try await workplace.comparer.compare(versions[0], versions[1])
    }

    /// Other percentages put other photos into the test, of which one version was trained on some.
    @Test func leavesOutWhatOneWasTrainedOn() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos(30)
        try await workplace.running {
            for percentage in [10, 40] {
                let id = try await workplace.submitTraining { $0.testingPercentage = percentage }
                #expect(try await workplace.end(of: id).state == .succeeded)
            }
        }
        let (first, second) = (try await document(workplace, 1), try await document(workplace, 2))
        let (small, large) = (
            Set(try #require(first.testImageIds)), Set(try #require(second.testImageIds))
        )
        #expect(small.count == first.testImages && large.count == second.testImages && small.count < large.count)
        let found = try await compare(workplace, 1, 2)
        #expect(found.images == small.intersection(large).count && found.imagesTestedByBoth == found.images)
        #expect(found.imagesLeftOut == small.union(large).count - found.images && found.imagesLeftOut > 0)
        #expect(found.a.version == 1 && found.b.version == 2 && found.imagesUnusable == 0)
        let turned = try await compare(workplace, 2, 1)
        #expect(turned.images == found.images && turned.a.accuracy == found.b.accuracy)
        // All of them come from the cache.
        #expect(workplace.trainingRuns == 90)
    }

    /// Photos that came later are new to the older version, which may be asked about them.
    @Test func asksAboutNewPhotos() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos(40)
        try await workplace.running {
            let first = try await workplace.submitTraining()
            #expect(try await workplace.end(of: first).state == .succeeded)
            var images: [NewImage] = []
            for colour in MadePhoto.colours.keys.sorted() {
                for number in 100..<130 {
                    let file = MadePhoto.png(colour, number)
                    images.append(
                        NewImage(
                            digest: try workplace.blobs.put(file), label: try Label(colour), fileName: "\(number).png",
                            byteCount: file.count))
                }
            }
            _ = try await workplace.catalog.add(images, to: name("colours"), idempotency: nil, at: .now)
            let version = try #require(try await workplace.catalog.dataset(name("colours"))?.current?.number)
            let id = try await workplace.service.submit(
                TrainSpecification(
                    dataset: name("colours"), datasetVersion: version, model: name("colours"), backbone: "stub",
                    promotion: .ifBetter), priority: 0, idempotency: nil
            ).job.id
            #expect(try await workplace.end(of: id).state == .succeeded)
        }
        let found = try await compare(workplace, 1, 2)
        #expect(found.images > found.imagesTestedByBoth && found.imagesTestedByBoth > 0)
        let decision = try #require(try await document(workplace, 2).promotion)
        #expect(decision.policy == .ifBetter && decision.promoted && decision.previousVersion == 1)
        #expect(decision.images == found.images)
    }

    /// Answers by one label in common are always right, and no reason to prefer anything.
    @Test func needsTwoLabelsThatBothKnow() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos(20)
        try await workplace.running {
            let first = try await workplace.submitTraining()
            #expect(try await workplace.end(of: first).state == .succeeded)
            for image in try await workplace.catalog.trainingImages(of: name("colours"), version: 1)
            where image.label.text != "red" {
                _ = try await workplace.catalog.relabel(
                    image.id, of: name("colours"), as: try Label("new \(image.label)"), at: .now)
            }
            let version = try #require(try await workplace.catalog.dataset(name("colours"))?.current?.number)
            let id = try await workplace.service.submit(
                TrainSpecification(
                    dataset: name("colours"), datasetVersion: version, model: name("colours"), backbone: "stub",
                    promotion: .ifBetter), priority: 0, idempotency: nil
            ).job.id
            #expect(try await workplace.end(of: id).state == .succeeded)
        }
        let found = try await compare(workplace, 1, 2)
        #expect(found.images == 0 && found.imagesLeftOut > 0 && found.conclusion.contains("two labels that both know"))
        let decision = try #require(try await document(workplace, 2).promotion)
        #expect(decision.promoted && decision.basis == .notComparable && decision.reason.contains("other labels"))
    }

    @Test func needsToKnowWhatWasTested() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos(6)
        try await workplace.running {
            let id = try await workplace.submitTraining()
            #expect(try await workplace.end(of: id).state == .succeeded)
        }
        let version = try #require(try await workplace.catalog.version(1, of: name("colours")))
        let data = try #require(try workplace.blobs.read(version.evaluation))
        var old = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        old["test_image_ids"] = nil
        let digest = try workplace.blobs.put(try JSONSerialization.data(withJSONObject: old))
        let before = ModelVersion(
            model: version.model, number: 7, createdAt: .now, job: nil, dataset: version.dataset, datasetVersion: 1,
            backbone: "stub", backboneHash: version.backboneHash, fit: version.fit, recipe: .auto,
            labels: version.labels, head: version.head, evaluation: digest, metrics: version.metrics, golden: [])
        let error = await #expect(throws: RegraftError.self) {
            _ = try await workplace.comparer.compare(before, version)
        }
        #expect(error?.code == "not_comparable" && error?.message.contains("version 7") == true)
    }
}

extension [Int] {
    fileprivate func asyncMap<Value>(_ transform: (Int) async throws -> Value) async rethrows -> [Value] {
        var result: [Value] = []
        for item in self { result.append(try await transform(item)) }
        return result
    }
}

import Domain
import Foundation
import Jobs
import Storage
import TestSupport
import Testing
import Training

@Suite("Evaluations", .timeLimit(.minutes(4)))
struct EvaluationDocumentTests {
    /// Trains on photos of classes and gives what was written of it.
    private func evaluation(
        _ classes: [(label: String, photos: [Data])], _ change: (inout TrainingOptions) -> Void = { _ in }
    ) async throws -> (document: EvaluationDocument, json: [String: Any]) {
        let workplace = try Workplace()
        for (label, photos) in classes {
            let images = try photos.enumerated().map { number, file in
                NewImage(
                    digest: try workplace.blobs.put(file), label: try Label(label), fileName: "\(number).png",
                    byteCount: file.count)
            }
            _ = try await workplace.catalog.add(images, to: name("colours"), idempotency: nil, at: .now)
        }
        let number = try #require(try await workplace.catalog.dataset(name("colours"))?.current?.number)
        var options = TrainingOptions()
        change(&options)
        let id = try await workplace.running {
            let id = try await workplace.service.submit(
                TrainSpecification(
                    dataset: name("colours"), datasetVersion: number, model: name("colours"), backbone: "stub",
                    options: options, promotion: .latest), priority: 0, idempotency: nil
            ).job.id
            let job = try await workplace.end(of: id)
            #expect(job.state == .succeeded, "\(job.error.map { "\($0)" } ?? "")")
            return id
        }
        let version = try #require(try await workplace.catalog.version(1, of: name("colours")), "\(id)")
        let data = try #require(try workplace.blobs.read(version.evaluation))
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        return (try EvaluationDocument(decoding: data), json)
    }

    private func photos(_ colour: String, _ numbers: some Sequence<Int>) -> [Data] {
        numbers.map { MadePhoto.png(colour, $0) }
    }

    @Test func saysEverything() async throws {
        let (document, json) = try await evaluation([
            ("blue", photos("blue", 0..<40)), ("red", photos("red", 0..<40)),
            // Four of these are red.
            ("green", photos("green", 0..<36) + photos("red", 50..<54)),
        ])
        #expect(document.version == 2 && document.testImages > 5 && document.topFiveAccuracy == nil)
        // What there is nothing of is null, and not missing.
        #expect(json["top_five_accuracy"] is NSNull)
        #expect(document.threshold?.targetPrecision == 0.95 && document.unknown?.negativesFound == nil)
        #expect((document.unknown?.areaUnderRoc ?? 0) > 0.5)
        let promotion = try #require(document.promotion)
        #expect(promotion.basis == .policy && promotion.promoted && promotion.reason.contains("newest"))
        let held = try #require(document.heldOut)
        let selection = try #require(document.selection)
        #expect(selection.images == held.images && selection.candidates.count(where: \.chosen) == 1)
        #expect(selection.candidates[0].logLossExcess == 0 && document.trials == [])
        let candidate = (json["selection"] as? [String: Any])?["candidates"] as? [[String: Any]]
        #expect(
            Set(candidate?.first?.keys ?? [:].keys) == [
                "transform", "weighting", "l2_penalty", "shrinkage", "accuracy", "log_loss", "log_loss_excess",
                "standard_error", "chosen",
            ])
        #expect(held.images == document.trainImages + document.validationImages)
        #expect(document.classes.map(\.images) == [40, 40, 40])
        #expect(document.confusion.reduce(0) { $0 + $1[2] } == document.testImages)
        #expect(document.calibration?.heldOut?.images == held.images && document.calibration?.test?.bins.count == 15)
        #expect(document.calibration?.testBefore?.images == document.testImages)
        #expect(document.precisionRecall?.last?.coverage == 1)
        #expect(document.precisionRecall?.last?.precision == document.accuracy.map { ($0 * 1e6).rounded() / 1e6 })
        let curve = try #require(document.curve)
        #expect(curve.count > 1 && curve.first?.step == 0 && curve.map(\.step) == curve.map(\.step).sorted())
        #expect(
            document.testImageIds?.count == document.testImages
                && document.misclassifiedImages == document.misclassified.count)
        // Its photos that are red are found; those in the test are mistakes.
        let doubts = try #require(document.doubtfulLabels)
        let wrong = Set((36..<40).map { "green/\($0).png" })
        let found = Set(doubts.images.map(\.path)).union(document.misclassified.map(\.path))
        #expect(wrong.isSubset(of: found), "\(found)")
        #expect(doubts.images.allSatisfy { $0.labelProbability < $0.suggestedProbability && $0.image != nil })
        #expect(document.verdict?.contains { $0.code == .labelErrors } == true)
        #expect(document.misclassified.allSatisfy { ($0.labelProbability ?? 1) < $0.probability })
    }

    /// A document of the first version, as it lies on disks.
    @Test func readsOldDocuments() throws {
        let old = """
            {"backbone":"stub","classes":[{"f1":1,"label":"a","precision":1,"recall":1,"support":1}],"confusion":[[0,0,1]],
             "dataset":"d","dataset_version":3,"format":"regraft-evaluation","misclassified":[{"image":4,"label":"a",
             "path":"a/1","predicted":"b","probability":0.5}],"notes":[],"recipe":"auto","test_images":1,"train_images":2,
             "validation_images":0,"version":1}
            """
        let document = try EvaluationDocument(decoding: Data(old.utf8))
        #expect(
            document.version == 1 && document.datasetVersion == 3 && document.verdict == nil && document.accuracy == nil
                && document.selection == nil && document.trials == nil
        )
        #expect(try EvaluationDocument.mistakes(decoding: Data(old.utf8)) == document.misclassified)
        #expect(document.misclassified[0].image == 4)
        let page = String(decoding: EvaluationPage(document, title: "d") { _, _ in nil }.html, as: UTF8.self)
        #expect(page.contains("There was no photo to test on.") || page.contains("1 classes"))
    }

    // MARK: Bad input: a result, and no number that is none (JSON has no word for it, and the job would fail)

    @Test func bearsClassesWithOneAndTwoPhotos() async throws {
        let (document, _) = try await evaluation([
            ("blue", photos("blue", 0..<12)), ("one", photos("red", 0..<1)), ("two", photos("green", 0..<2)),
        ])
        #expect(document.classes.map(\.images) == [12, 1, 2])
        #expect(document.classes[1].recall == nil && document.classes[1].averagePrecision == nil)
        let codes = Set(document.verdict?.map(\.code) ?? [])
        #expect(codes.isSuperset(of: [.fewPhotos, .untestedClasses]))
    }

    @Test func bearsNoTestPhotos() async throws {
        let (document, json) = try await evaluation([("blue", photos("blue", 0..<1)), ("red", photos("red", 0..<1))])
        #expect(document.accuracy == nil && json["accuracy"] is NSNull && document.heldOut == nil)
        #expect(document.verdict?.first?.code == .noTestPhotos)
        #expect(document.calibration?.test == nil && document.precisionRecall == [])
    }

    @Test func bearsIdenticalClasses() async throws {
        let (document, _) = try await evaluation([("same", photos("red", 0..<20)), ("twin", photos("red", 0..<20))])
        let codes = Set(document.verdict?.map(\.code) ?? [])
        #expect(codes.contains(.duplicatesAcrossLabels) && codes.contains(.notBetterThanChance))
    }

    @Test(arguments: [[200, 30, 30], [0, 0, 0]])
    func bearsIdenticalPhotos(_ colour: [Int]) async throws {
        let photo = MadePicture(width: 16, height: 16) { _, _, channel in colour[channel] }.png()
        let (document, _) = try await evaluation([
            ("a", Array(repeating: photo, count: 8)), ("b", Array(repeating: photo, count: 8)),
        ])
        #expect(document.verdict?.isEmpty == false)
    }

    /// With the tutorial's recipe, since many classes cost the other one minutes without optimisation.
    @Test func bearsManyClassesOfTwo() async throws {
        let colours = MadePhoto.colours.keys.sorted()
        let (document, _) = try await evaluation(
            (0..<500).map { index in ("class \(index)", photos(colours[index % 3], [2 * index, 2 * index + 1])) }
        ) { ($0.recipe, $0.steps) = (.retrain, 5) }
        #expect(document.classes.count == 500 && document.classes.allSatisfy { $0.images == 2 })
        let page = EvaluationPage(document, title: "many") { _, _ in nil }.html
        #expect(page.count < 400_000)
    }
}

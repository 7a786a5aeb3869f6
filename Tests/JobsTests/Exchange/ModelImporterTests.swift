import Domain
import Formats
import Foundation
import Jobs
import Serving
import Storage
import TestSupport
import Testing
import Workers

@Suite("Import of models", .timeLimit(.minutes(2)))
struct ModelImporterTests {
    /// A version that another server has trained.
    private let file: Data
    private let trained: ModelVersion

    init() async throws {
        let elsewhere = try Workplace()
        try await elsewhere.addPhotos()
        trained = try await elsewhere.running {
            let id = try await elsewhere.submitTraining()
            _ = try await elsewhere.end(of: id)
            return try #require(try await elsewhere.catalog.version(1, of: name("colours")))
        }
        file = try await elsewhere.exporter.file(of: trained, as: "bundle").data
    }

    private func take(
        _ file: Data, _ workplace: Workplace, _ promotion: PromotionPolicy = .latest, key: IdempotencyKey? = nil,
        maximumModels: Int = 10
    ) async throws -> (version: ModelVersion, decision: PromotionDecision) {
        let (done, decision) = try await workplace.importer(maximumModels: maximumModels).run(
            .init(model: name("taken"), file: file, promotion: promotion, idempotency: key))
        return (done.version, decision)
    }

    private func refusal(_ file: Data, _ workplace: Workplace, maximumModels: Int = 10) async -> RegraftError? {
        do {
            _ = try await take(file, workplace, maximumModels: maximumModels)
            return nil
        } catch { return error as? RegraftError ?? RegraftError("another", "\(error)") }
    }

    private func answering(_ workplace: Workplace) -> Int? {
        workplace.registry.model(name("taken"), alias: .latest)?.version.number
    }

    @Test func takesWhatAnotherHasTrained() async throws {
        let workplace = try Workplace()
        let (version, decision) = try await take(file, workplace)
        #expect(version.number == 1 && version.dataset == nil && version.datasetVersion == nil && version.job == nil)
        #expect(version.labels == trained.labels && version.metrics == trained.metrics && version.golden.isEmpty)
        #expect(version.backboneHash == trained.backboneHash && version.fit == trained.fit)
        // The head to the byte, and so to the name of its blob.
        #expect(version.head == trained.head)
        let source = try #require(version.imported)
        #expect(source.model == "colours" && source.version == 1 && source.dataset == "colours")
        #expect(decision.promoted && decision.basis == .policy && decision.previousVersion == nil)
        #expect(answering(workplace) == 1)
        #expect(try await workplace.catalog.version(1, of: name("taken")) == version)
        // What is stored can be loaded again, as when a server starts.
        #expect(try await workplace.promoter.verified(version).version == version)
        // And taken along again, still from where it was trained.
        let again = try ModelBundle(decoding: try await workplace.exporter.file(of: version, as: "bundle").data)
        #expect(try again.head == ModelBundle(decoding: file).head && again.provenance.dataset == "colours")
    }

    // Ids of another server's photos are of other photos here.
    @Test func leavesOutTheOthersPhotos() async throws {
        let workplace = try Workplace()
        let made = try MadeBundle(file)
        #expect(made.evaluation.testImageIds?.isEmpty == false && made.evaluation.validationImageIds != nil)
        var text = String(decoding: try made.evaluation.encoded(), as: UTF8.self)
        for (field, value) in [
            (
                "misclassified",
                #"[{"image": 7, "path": "a.png", "label": "red", "predicted": "blue", "probability": 0.5}]"#
            ),
            (
                "doubtful_labels",
                #"""
                {"count": 1, "looked_at": 1, "images": [{"image": 9, "path": "b.png", "label": "red", "suggested": "blue",
                "label_probability": 0.1, "suggested_probability": 0.9}]}
                """#
            ),
        ] {
            // The last of two fields of a name would count, or the first; so the one that is there is renamed.
            try #require(text.contains("\"\(field)\":"))
            text = "{\"\(field)\":\(value)," + text.dropFirst().replacing("\"\(field)\":", with: "\"former\":")
        }
        let (version, decision) = try await take(made.encoded(evaluation: Data(text.utf8)), workplace)
        let stored = try #require(try workplace.blobs.read(version.evaluation))
        let document = try EvaluationDocument(decoding: stored)
        #expect(document.testImageIds == nil && document.validationImageIds == nil)
        #expect(document.misclassified.map(\.image) == [nil] && document.misclassified[0].path == "a.png")
        #expect(document.doubtfulLabels?.images.map(\.image) == [nil])
        #expect(document.promotion == decision && document.accuracy == made.evaluation.accuracy)
        #expect(document.notes.last?.contains("imported") == true)
        await #expect { try await workplace.comparer.compare(version, version) } throws: { error in
            (error as? RegraftError)?.code == "not_comparable" && "\(error)".contains("was imported")
        }
    }

    @Test func movesLatestAsItIsTold() async throws {
        let workplace = try Workplace()
        #expect(try await !take(file, workplace, .manual).decision.promoted && answering(workplace) == nil)
        // Nothing answers yet, so there is nothing that it could be worse than.
        let first = try await take(file, workplace, .ifBetter).decision
        #expect(first.promoted && first.basis == .first && answering(workplace) == 2)
        let second = try await take(file, workplace, .ifBetter).decision
        #expect(!second.promoted && second.basis == .notComparable && second.previousVersion == 2)
        #expect(second.reason.contains("cannot be compared") || second.reason.contains("could be compared"))
        #expect(answering(workplace) == 2)
        #expect(try await take(file, workplace, .latest).decision.promoted && answering(workplace) == 4)
        #expect(try await workplace.catalog.alias(.latest, of: name("taken"))?.generation == 2)
        #expect(workplace.registry.newest?.version.number == 4)
    }

    // A training after an import has nothing that it could be compared with.
    @Test func isFollowedByTrainings() async throws {
        let workplace = try Workplace()
        _ = try await take(file, workplace)
        try await workplace.addPhotos()
        try await workplace.running {
            let id = try await workplace.submitTraining(model: "taken", promotion: .ifBetter)
            #expect(try await workplace.end(of: id).state == .succeeded)
            let warning = try await workplace.events(of: id).first { $0.data.contains("not_comparable") }
            #expect(warning?.data.contains("Version 1 was imported") == true, "\(warning?.data ?? "no warning")")
        }
        #expect(answering(workplace) == 2)
    }

    @Test func isDoneOnceForAKey() async throws {
        let workplace = try Workplace()
        let key = IdempotencyKey(key: "k", scope: "POST /x", fingerprint: "a")
        let first = try await take(file, workplace, key: key)
        let again = try await take(file, workplace, key: key)
        #expect(again.version == first.version && again.decision == first.decision)
        #expect(try await workplace.catalog.alias(.latest, of: name("taken"))?.generation == 1)
    }

    // What a server cannot use is refused before anything of it is stored, with what to do.
    @Test func refusesWhatCannotBeUsed() async throws {
        let nan = Data("NaN".utf8)
        let cases: [(what: String, code: RegraftError.Code, says: String, change: (inout MadeBundle) -> Void)] = [
            (
                "an unknown backbone", "backbone_not_here", "backbones.directory",
                {
                    ($0.backboneID, $0.evaluation.backbone) = ("nowhere", "nowhere")
                }
            ),
            (
                "another network", "backbone_hash_mismatch", "abababababab…, and here it is ",
                {
                    $0.backboneHash = String(repeating: "ab", count: 32)
                }
            ),
            (
                "another fit", "preprocessing_mismatch", "train the model here",
                { ($0.fit, $0.evaluation.fit) = (.pad, .pad) }
            ),
            ("another preprocessing", "preprocessing_mismatch", "'2 8x8'", { $0.preprocessing = "2 8x8" }),
            (
                "more features", "feature_count_mismatch", "takes 4 features",
                {
                    $0.head = Head(
                        labels: $0.head.labels, transform: .raw, featureCount: 4,
                        weights: [Float](repeating: 0, count: 12),
                        biases: $0.head.biases)
                    $0.abstention = nil
                }
            ),
            ("an empty label", "unusable_bundle", "must not be empty", { $0.rename(["", "green", "red"]) }),
            (
                "a long label", "unusable_bundle", "200 bytes",
                {
                    $0.rename([String(repeating: "x", count: 201), "green", "red"])
                }
            ),
            ("a label twice", "unusable_bundle", "two of its labels", { $0.rename(["red", "green", "red"]) }),
            ("a huge weight", "unusable_bundle", "beyond 10^24", { $0.setWeight(3e38) }),
            ("no number", "unusable_bundle", "do not fit", { $0.setWeight(.nan) }),
            ("an infinite weight", "unusable_bundle", "do not fit", { $0.setWeight(-.infinity) }),
            (
                "other labels in the evaluation", "unusable_bundle", "other labels",
                { $0.evaluation.classes[0].label = "x" }
            ),
            (
                "fewer classes in the evaluation", "unusable_bundle", "other labels",
                { $0.evaluation.classes.removeLast() }
            ),
            (
                "another backbone in the evaluation", "unusable_bundle", "another backbone",
                { $0.evaluation.backbone = "x" }
            ),
            ("a class that is none", "unusable_bundle", "confusion matrix", { $0.evaluation.confusion = [[0, 3, 1]] }),
            ("half a cell", "unusable_bundle", "confusion matrix", { $0.evaluation.confusion = [[0, 1]] }),
            (
                "a count that overflows", "unusable_bundle", "below 0 or beyond 10^9",
                {
                    $0.evaluation.confusion = [[0, 1, .max], [0, 0, .max]]
                }
            ),
            ("an accuracy of 7", "unusable_bundle", "between 0 and 1", { $0.provenance.metrics.testAccuracy = 7 }),
            (
                "a name without end", "unusable_bundle", "255 bytes",
                {
                    $0.provenance.dataset = String(repeating: "x", count: 256)
                }
            ),
        ]
        let workplace = try Workplace()
        for (what, code, says, change) in cases {
            var made = try MadeBundle(file)
            change(&made)
            let error = await refusal(try made.encoded(), workplace)
            #expect(
                error?.code == code && error?.message.contains(says) == true, "\(what): \(error?.message ?? "taken")")
        }
        for text in [Data(), nan, Data("{}".utf8), Data(#"{"format": "regraft-evaluation"}"#.utf8)] {
            let error = await refusal(try MadeBundle(file).encoded(evaluation: text), workplace)
            #expect(
                error?.code == "unusable_bundle",
                "\(String(decoding: text, as: UTF8.self)): \(error?.message ?? "taken")")
        }
        #expect(await refusal(file.dropLast(), workplace)?.message.contains("cut off") == true)
        #expect(await refusal(file, workplace, maximumModels: 0)?.code == "too_many_models")
        #expect(try await workplace.catalog.models(after: nil, limit: 9) == [])
        // One model more was found out last, so of that one something is stored, which goes.
        try await workplace.sweep(until: 0)
    }

    // Nobody here can tell whether it is true; but it can be looked at whether it could be.
    @Test func refusesEvaluationsThatCannotBeTrue() async throws {
        func mistake(_ label: String, _ probability: Double = 0.5) throws -> EvaluationDocument.Mistake {
            let text = #"{"path": "a", "label": "red", "predicted": "\#(label)", "probability": \#(probability)}"#
            return try JSONDecoder().decode(EvaluationDocument.Mistake.self, from: Data(text.utf8))
        }
        let (right, wrong, sure) = (try mistake("blue"), try mistake("violet"), try mistake("blue", 2))
        let cases: [(what: String, says: String, change: (inout EvaluationDocument) -> Void)] = [
            ("a newer one", "is of version 999", { $0.version = 999 }),
            ("another fit", "square in another way", { $0.fit = .pad }),
            ("another recipe", "another recipe", { $0.recipe = .retrain }),
            ("an accuracy below 0", "of the test photos, a share", { $0.accuracy = -5 }),
            ("an accuracy above 1", "of the test photos, a share", { $0.accuracy = 1e9 }),
            ("half an interval", "two ends", { $0.accuracyInterval = [0.5] }),
            ("a share of a class", "of a class, a share", { $0.classes[1].recall = 1.5 }),
            ("a loss below 0", "of the test photos, a loss", { $0.logLoss = -1 }),
            ("a loss that overflows sums", "of the test photos, a loss", { $0.trainLogLoss = 1e300 }),
            ("fewer than no photos", "of the test photos, a number below 0", { $0.testImages = -7 }),
            ("fewer than none of a class", "of a class, a number below 0", { $0.classes[0].support = -1 }),
            ("a cell twice", "matrix twice", { $0.confusion = [[0, 1, 1], [1, 1, 2], [0, 1, 3]] }),
            ("fewer than none in a cell", "matrix, a number below 0", { $0.confusion = [[0, 1, -1]] }),
            ("a long name", "dataset's name of more than 255", { $0.dataset = String(repeating: "x", count: 256) }),
            ("a long note", "note of more than", { $0.notes = [String(repeating: "x", count: 20_000)] }),
            ("many notes", "lists 101 notes", { $0.notes = [String](repeating: "", count: 101) }),
            ("many mistakes", "lists 1001 mistakes", { $0.misclassified = [_](repeating: right, count: 1001) }),
            ("a mistake of no class", "other labels", { $0.misclassified = [wrong] }),
            ("a mistake that is more than sure", "of its mistakes, a share", { $0.misclassified = [sure] }),
        ]
        let workplace = try Workplace()
        for (what, says, change) in cases {
            var made = try MadeBundle(file)
            change(&made.evaluation)
            let error = await refusal(try made.encoded(), workplace)
            #expect(
                error?.code == "unusable_bundle" && error?.message.contains(says) == true,
                "\(what): \(error?.message ?? "taken")")
        }
        // As much as there may be.
        var made = try MadeBundle(file)
        made.evaluation.misclassified = [_](repeating: right, count: 1000)
        #expect(await refusal(try made.encoded(), workplace) == nil)
    }

    // Reading JSON takes many times its bytes, so what no evaluation needs is not read.
    @Test func refusesEvaluationsWithoutEnd() async throws {
        let (workplace, made) = (try Workplace(), try MadeBundle(file))
        let text = String(decoding: try made.evaluation.encoded(), as: UTF8.self).dropFirst()
        for (field, item) in [("unknown", "0"), ("confusion", "[0,0,0]")] {
            let items = [String](repeating: item, count: (9 << 20) / (item.utf8.count + 1)).joined(separator: ",")
            let file = try made.encoded(evaluation: Data("{\"\(field)\":[\(items)],\(text)".utf8))
            let error = await refusal(file, workplace)
            #expect(
                error?.message.contains("so small a head has at most 8388617") == true,
                "\(field): \(error?.message ?? "taken")")
        }
    }

    // Large files take seconds, in which others want the disk.
    @Test func takesFilesApartWithoutTheDisksWorkers() async throws {
        let (disk, latch) = (WorkerPool(name: "disk", width: 1), Latch())
        let busy = Task { try await disk.run { _ in latch.wait() } }
        let workplace = try Workplace()
        try await workplace.until { latch.count == 1 }
        let order = ModelImporter.Order(
            model: name("taken"), file: file.dropLast(), promotion: .latest, idempotency: nil)
        await #expect(throws: RegraftError.self) { try await workplace.importer(disk: disk).run(order) }
        latch.open()
        try await busy.value
    }

    // Whatever it stops at, there is a whole version or none, and no blob that nobody needs.
    @Test(arguments: ["the head", "the evaluation", "reading back", "the transaction"])
    func leavesNothingHalfDone(_ place: String) async throws {
        struct Stopped: Error {}
        let stored = Mutexed(0)
        let isBroken = Mutexed(true)
        let workplace = try Workplace(
            around: { blobs in
                HookedBlobs(blobs) {
                    let number = stored.change { count -> Int in
                        count += 1
                        return count
                    }
                    if isBroken.value, number == (place == "the head" ? 1 : place == "the evaluation" ? 2 : 0) {
                        throw Stopped()
                    }
                } reading: {
                    if isBroken.value, place == "reading back" { throw Stopped() }
                }
            })
        let key = IdempotencyKey(key: "k", scope: "POST /x", fingerprint: "a")
        if place == "the transaction" {
            // The key is known with something else, which only the transaction finds out.
            let other = IdempotencyKey(key: "k", scope: "POST /x", fingerprint: "b")
            _ = try await workplace.catalog.add(
                [
                    NewImage(
                        digest: try workplace.blobs.put(Data("x".utf8)), label: try Label("a"), fileName: "x",
                        byteCount: 1)
                ],
                to: name("other"), idempotency: other, at: .now)
        }
        await #expect(throws: (any Error).self) { try await take(file, workplace, key: key) }
        #expect(try await workplace.catalog.model(name("taken")) == nil)
        #expect(try await workplace.catalog.aliases() == [])
        #expect(answering(workplace) == nil && workplace.registry.newest == nil)
        try await workplace.sweep(until: place == "the transaction" ? 1 : 0)
        isBroken.change { $0 = false }
        #expect(try await take(file, workplace).version.number == 1)
        #expect(answering(workplace) == 1)
    }
}

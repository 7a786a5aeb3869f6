import Domain
import Foundation
import Jobs
import Testing
import Training

/// Documents of heads that are written down, where a training would take too long or would not come to it.
struct MadeEvaluationTests {
    /// A head on one feature a class, and test photos with what it says of them.
    private func document(
        classes: Int, train: [Int], test: [(label: Int, said: Int)]
    ) throws -> EvaluationDocument {
        func examples(_ photos: [(label: Int, said: Int)]) -> Examples {
            var matrix = FeatureMatrix(columns: 1)
            for photo in photos { matrix.append([Float(photo.said)]) }
            return Examples(features: matrix, classes: photos.map(\.label))
        }
        // Class k scores 2kx - k², which is largest where x is k.
        let head = Head(
            labels: (0..<classes).map { "class \($0)" }, transform: .raw, featureCount: 1,
            weights: (0..<classes).map { Float(2 * $0) }, biases: (0..<classes).map { Float(-$0 * $0) })
        let set = TrainingSet(
            labels: head.labels, train: examples(train.map { ($0, $0) }), validation: examples([]),
            test: examples(test), groups: train, views: [])
        return EvaluationDocument(
            EvaluationSource(
                dataset: "made", datasetVersion: 1, backbone: "stub", options: TrainingOptions(), fit: .crop,
                fitted: FittedHead(head: head, notes: [], validation: nil, heldOut: nil),
                abstention: AbstentionFit.Result(
                    abstention: Abstention(targetPrecision: 0.95), threshold: nil, unknownArea: nil, negativesFound: nil
                ),
                set: set,
                test: Evaluation(head, on: set.test), curve: TrainingCurve(),
                lookAlikes: LookAlikes(photos: train.count + test.count),
                seen: train.indices.map { EvaluationSource.Photo(id: Int64($0), path: "seen/\($0)") },
                tested: test.indices.map { EvaluationSource.Photo(id: Int64(9_000 - $0), path: "test/\($0)") }))
    }

    /// Nothing in it grows with the square of the classes: a million cells would be two megabytes at least.
    @Test func staysSmall() throws {
        let document = try document(
            classes: 1_000, train: Array(0..<1_000), test: (0..<1_000).map { ($0, ($0 + $0 % 2) % 1_000) })
        #expect(document.classes.count == 1_000 && document.confusion.count == 1_000)
        #expect(document.misclassified.count == 500 && document.misclassifiedImages == 500)
        #expect(document.accuracy == 0.5 && document.topFiveAccuracy ?? 0 > 0.99)
        let size = try document.encoded().count
        #expect(size < 500_000, "\(size)")
        #expect(EvaluationPage(document, title: "made") { _, _ in nil }.html.count < 150_000)
    }

    @Test func listsTheSurestMistakesOnly() throws {
        let document = try document(classes: 3, train: [0, 1, 2], test: (0..<1_500).map { _ in (0, 1) })
        #expect(
            document.misclassified.count == EvaluationDocument.mistakeLimit && document.misclassifiedImages == 1_500)
        #expect(document.testImageIds == (0..<1_500).map { Int64(9_000 - 1_499 + $0) })
        let again = try EvaluationDocument.mistakes(decoding: document.encoded())
        #expect(again == document.misclassified)
    }

    // A class that only the test knows is always wrong, and said to be unknown.
    @Test func bearsAClassThatIsOnlyInTheTest() throws {
        let document = try document(classes: 2, train: [0, 0, 0], test: [(0, 0), (1, 0)])
        #expect(document.classes[1].recall == 0 && document.classes[1].images == 1)
        #expect(document.verdict?.contains { $0.code == .untrainedClasses } == true)
        #expect(try EvaluationDocument(decoding: document.encoded()) == document)
    }

    // What there is nothing of is null in each part too.
    @Test func namesWhatIsNot() throws {
        let document = try document(classes: 2, train: [0, 1], test: [(0, 0)])
        let json = try #require(try JSONSerialization.jsonObject(with: document.encoded()) as? [String: Any])
        let classes = try #require(json["classes"] as? [[String: Any]])
        #expect(classes[1]["recall"] is NSNull && classes[1]["average_precision"] is NSNull)
        #expect(Set(json.keys).isSuperset(of: ["held_out", "promotion", "threshold", "doubtful_labels", "curve"]))
        #expect(json["held_out"] is NSNull && (json["calibration"] as? [String: Any])?["held_out"] is NSNull)
    }
}

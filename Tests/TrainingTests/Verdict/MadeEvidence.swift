import Domain
import Foundation
import Training

/// A head that says of each photo what the photo's vector says, so that a test can write down what is right and wrong.
struct MadeEvidence {
    /// Photos: what they are, and what is said of them.
    typealias Photos = [(label: Int, said: Int)]

    var classes = 2
    var train: Photos = []
    var validation: Photos = []
    var test: Photos = []
    /// Of train, then validation photos, by heads that had not seen them: with how much of 1 each answer is held.
    var heldOut: Photos = []
    var confidence: Float = 0.9
    var recipe = TrainingOptions.Recipe.auto
    var lookAlikes: LookAlikes?
    var abstention: Abstention?

    /// So many right ones of each class.
    static func right(_ count: Int, classes: Int = 2) -> Photos {
        (0..<classes).flatMap { label in (0..<count).map { _ in (label, label) } }
    }

    /// Of each class so many, of which so many are taken for the next class.
    static func some(_ count: Int, wrong: Int, classes: Int = 2) -> Photos {
        (0..<classes).flatMap { label in
            (0..<count).map { (label, $0 < wrong ? (label + 1) % classes : label) }
        }
    }

    var labels: [String] { (0..<classes).map { "class \($0)" } }

    /// The probabilities are those of the answers' confidence, the rest shared out alike.
    private func rows(_ photos: Photos) -> [Float] {
        photos.flatMap { photo in
            (0..<classes).map { $0 == photo.said ? confidence : (1 - confidence) / Float(classes - 1) }
        }
    }

    var evidence: Evidence {
        let count = classes
        func examples(_ photos: Photos) -> Examples {
            var matrix = FeatureMatrix(columns: count)
            for photo in photos { matrix.append((0..<count).map { $0 == photo.said ? Float(1) : 0 }) }
            return Examples(features: matrix, classes: photos.map(\.label))
        }
        // exp(strength) : 1 is as the confidence to each of the others.
        let strength = log(confidence * Float(count - 1) / (1 - confidence))
        let head = Head(
            labels: labels, transform: .raw, featureCount: count,
            weights: (0..<count * count).map { $0 / count == $0 % count ? strength : 0 },
            biases: [Float](repeating: 0, count: count))
        let set = TrainingSet(
            labels: labels, train: examples(train), validation: examples(validation), test: examples(test),
            groups: Array(0..<train.count + validation.count), views: [])
        let held =
            heldOut.isEmpty
            ? nil
            : HeldOutPredictions(
                photos: Array(heldOut.indices), classes: heldOut.map(\.label), probabilities: rows(heldOut),
                uncalibrated: rows(heldOut), folds: heldOut.map { _ in 0 }, labelCount: count)
        return Evidence(
            FittedHead(head: head, notes: [], validation: nil, heldOut: held), set, recipe: recipe,
            test: Evaluation(head, on: set.test),
            lookAlikes: lookAlikes ?? LookAlikes(photos: train.count + validation.count + test.count),
            photoNames: (0..<max(train.count + validation.count, heldOut.count)).map { "photo \($0)" },
            abstention: abstention)
    }

    var findings: [Finding] { Verdict(evidence).findings }

    func finding(_ code: Finding.Code) -> Finding? { findings.first { $0.code == code } }
}

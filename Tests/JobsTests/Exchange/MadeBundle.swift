import Domain
import Formats
import Foundation
import Jobs
import TestSupport

/// A bundle taken apart, to be put together again with something of it changed, under right checksums.
struct MadeBundle {
    var backboneID: String
    var backboneHash: String
    var fit: FitMode
    var preprocessing: String
    var head: Head
    var abstention: Abstention?
    var evaluation: EvaluationDocument
    var provenance: ModelProvenance

    init(_ file: Data) throws {
        let bundle = try ModelBundle(decoding: file)
        backboneID = bundle.head.backboneID
        backboneHash = bundle.head.backboneHash
        fit = bundle.head.fit
        preprocessing = bundle.head.preprocessing
        head = bundle.head.head
        abstention = bundle.head.abstention
        evaluation = try EvaluationDocument(decoding: bundle.evaluation)
        provenance = bundle.provenance
    }

    /// The head with other labels, which its evaluation then has too.
    mutating func rename(_ labels: [String]) {
        head = Head(
            labels: labels, transform: head.transform, featureCount: head.featureCount, weights: head.weights,
            biases: head.biases)
        for (index, label) in labels.enumerated() { evaluation.classes[index].label = label }
    }

    mutating func setWeight(_ weight: Float) {
        head = Head(
            labels: head.labels, transform: head.transform, featureCount: head.featureCount,
            weights: [weight] + head.weights.dropFirst(), biases: head.biases)
    }

    func encoded(evaluation text: Data? = nil) throws -> Data {
        try ModelBundle(
            head: HeadBundle(
                backboneID: backboneID, backboneHash: backboneHash, fit: fit, preprocessing: preprocessing, head: head,
                abstention: abstention), evaluation: text ?? evaluation.encoded(), descriptor: nil,
            provenance: provenance
        ).encoded()
    }
}

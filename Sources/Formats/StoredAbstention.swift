import Crypto
import Domain
import Foundation

/// An abstention as a bundle holds it.
struct StoredAbstention: Codable {
    var targetPrecision: Double
    var confidenceThreshold: Double?
    var unknown: Unknown?

    struct Unknown: Codable {
        var prototypes: Data
        var concepts: Data
        var negatives: Data
        var margin: Double
        var terms: UnknownDetector.Terms
        var slope: Double
        var intercept: Double
        var threshold: Double

        init(_ detector: UnknownDetector) {
            prototypes = detector.prototypes.littleEndianBytes
            concepts = detector.concepts.littleEndianBytes
            negatives = detector.negatives.littleEndianBytes
            margin = detector.margin
            terms = detector.terms
            slope = detector.slope
            intercept = detector.intercept
            threshold = detector.threshold
        }

        var value: UnknownDetector {
            UnknownDetector(
                prototypes: [Float](littleEndianBytes: prototypes), concepts: [Float](littleEndianBytes: concepts),
                negatives: [Float](littleEndianBytes: negatives), margin: margin, terms: terms, slope: slope,
                intercept: intercept, threshold: threshold)
        }
    }

    init(_ abstention: Abstention) {
        targetPrecision = abstention.targetPrecision
        confidenceThreshold = abstention.confidenceThreshold
        unknown = abstention.unknown.map(Unknown.init)
    }

    var value: Abstention {
        Abstention(
            targetPrecision: targetPrecision, confidenceThreshold: confidenceThreshold, unknown: unknown?.value)
    }

    /// Numbers by their bits: independent of how JSON writes them.
    func update(_ hash: inout SHA256) {
        func update(_ number: Double?) {
            hash.update(data: Data((number.map { "\($0.bitPattern)" } ?? "none").utf8))
            hash.update(data: Data(" ".utf8))
        }
        update(targetPrecision)
        update(confidenceThreshold)
        guard let unknown else { return }
        for data in [unknown.prototypes, unknown.concepts, unknown.negatives] {
            update(Double(data.count))
            hash.update(data: data)
        }
        let terms = unknown.terms
        for term in [terms.similarity, terms.doubt, terms.concepts, terms.negatives] {
            for number in [term.mean, term.deviation, term.weight] { update(number) }
        }
        for number in [unknown.margin, unknown.slope, unknown.intercept, unknown.threshold] { update(number) }
    }
}

extension Abstention {
    /// Whether there are as many numbers as the head needs, and none with which a score would be no number.
    func fits(labels: Int, features: Int) -> Bool {
        guard (0...1).contains(targetPrecision), confidenceThreshold.map((0...1).contains) ?? true else { return false }
        guard let unknown else { return true }
        let terms = [unknown.terms.similarity, unknown.terms.doubt, unknown.terms.concepts, unknown.terms.negatives]
        let numbers =
            [unknown.margin, unknown.slope, unknown.intercept] + terms.flatMap { [$0.mean, $0.deviation, $0.weight] }
        return unknown.prototypes.count == labels * features && unknown.concepts.count.isMultiple(of: labels)
            && unknown.negatives.count.isMultiple(of: features)
            && numbers.allSatisfy { abs($0) <= Double(HeadBundle.largestNumber) }
            && (0...1).contains(unknown.threshold)
            // A measure is divided by it. Where photos differ by no more, a term has no weight, and is not computed.
            && terms.allSatisfy { $0.deviation >= ($0.weight == 0 ? .leastNonzeroMagnitude : 1e-9) }
            && [unknown.prototypes, unknown.concepts, unknown.negatives].allSatisfy {
                $0.allSatisfy(HeadBundle.isUsable)
            }
    }
}

import Crypto
import Domain
import Formats
import Foundation
import Training

/// A model's file from elsewhere, of which everything has been looked at that can be without its backbone. Nothing in it is
/// trusted: checksums say that it is as it was written, and not by whom.
struct ImportedModel: Sendable {
    let head: HeadBundle
    let labels: [Label]
    let evaluation: ImportedEvaluation
    let metrics: JobMetrics
    let source: ModelImport

    /// Beyond, sums of features times weights could leave the range of 32-bit floats, and answers would be no numbers. Weights of
    /// real heads stay below a thousand.
    static let largestNumber: Float = 1e9
    private static let longestText = 255

    /// - Throws: `RegraftError` (`unusable_bundle`).
    init(_ file: Data) throws {
        let bundle: ModelBundle
        do { bundle = try ModelBundle(decoding: file) } catch {
            throw RegraftError("unusable_bundle", error.message)
        }
        head = bundle.head
        labels = try Self.labels(of: head.head)
        try Self.checkNumbers(of: head)
        let provenance = bundle.provenance
        for text in [provenance.model ?? "", provenance.dataset, provenance.regraft]
        where text.utf8.count > Self.longestText {
            throw Self.refusal("a name in its section 'provenance' has more than \(Self.longestText) bytes")
        }
        metrics = provenance.metrics
        let shares = [metrics.trainAccuracy, metrics.validationAccuracy, metrics.testAccuracy].compactMap(\.self)
        guard shares.allSatisfy({ (0...1).contains($0) }) else {
            throw Self.refusal("an accuracy in its section 'provenance' is not between 0 and 1")
        }
        evaluation = try ImportedEvaluation(bundle.evaluation, of: head)
        source = ModelImport(
            model: provenance.model, version: provenance.version, dataset: provenance.dataset,
            datasetVersion: provenance.datasetVersion, createdAt: provenance.createdAt, regraft: provenance.regraft,
            file: PhotoDigest(bytes: Array(SHA256.hash(data: file))))
    }

    static func refusal(_ what: String) -> RegraftError {
        RegraftError("unusable_bundle", "This file cannot be imported: \(what).")
    }

    private static func labels(of head: Head) throws -> [Label] {
        var labels: [Label] = []
        for text in head.labels {
            do { labels.append(try Label(text)) } catch {
                throw refusal(
                    "its label '\(text.prefix(80).description.printable)' is none here. \(error.message.dropLast())")
            }
        }
        guard Set(labels).count == labels.count else { throw refusal("two of its labels are the same") }
        return labels
    }

    private static func checkNumbers(of bundle: HeadBundle) throws {
        let unknown = bundle.abstention?.unknown
        let lists = [
            bundle.head.weights, bundle.head.biases, unknown?.prototypes ?? [], unknown?.concepts ?? [],
            unknown?.negatives ?? [],
        ]
        guard lists.allSatisfy({ $0.allSatisfy { abs($0) <= largestNumber } }) else {
            throw refusal("it has weights beyond 10^9, with which its answers would be no numbers")
        }
    }
}

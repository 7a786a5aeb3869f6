import Crypto
import Domain
import Formats
import Foundation
import Workers

/// A model's file from elsewhere, of which everything has been looked at that can be without its backbone. Nothing in it is
/// trusted: checksums say that it is as it was written, and not by whom.
struct ImportedModel: Sendable {
    let head: HeadBundle
    let labels: [Label]
    let evaluation: ImportedEvaluation
    let metrics: JobMetrics
    let source: ModelImport

    private static let longestText = 255

    /// Takes seconds for the largest.
    /// - Throws: `RegraftError` (`unusable_bundle`).
    init(_ file: Data, _ cancellation: CancellationFlag) throws {
        let bundle: ModelBundle
        do { bundle = try ModelBundle(decoding: file) } catch {
            throw RegraftError("unusable_bundle", error.message)
        }
        try cancellation.check()
        head = bundle.head
        labels = try Self.labels(of: head.head)
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
        guard [provenance.version, provenance.datasetVersion].allSatisfy({ $0.map { $0 > 0 } ?? true }) else {
            throw Self.refusal("a version in its section 'provenance' is below 1")
        }
        try cancellation.check()
        evaluation = try ImportedEvaluation(bundle.evaluation, of: head)
        guard evaluation.recipe == provenance.recipe else {
            throw Self.refusal("its evaluation is of another recipe than its section 'provenance' says")
        }
        try cancellation.check()
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
}

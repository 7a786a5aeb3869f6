import Domain
import Formats
import Foundation

/// What a file from elsewhere says of how good its model is. What refers to photos by the ids of another server is left out: here
/// these ids are of other photos, or of none.
struct ImportedEvaluation: Sendable {
    private let document: EvaluationDocument

    var recipe: TrainingOptions.Recipe { document.recipe }

    static let note =
        "It was imported: the photos that it was trained and tested on are not on this server, and it is not known here whether these "
        + "numbers are true."

    /// - Throws: `RegraftError` (`unusable_bundle`).
    init(_ data: Data, of head: HeadBundle) throws {
        let limit = Self.byteLimit(for: head.head)
        guard data.count <= limit else {
            throw ImportedModel.refusal(
                "its evaluation has \(data.count) bytes, and that of so small a head has at most \(limit)")
        }
        guard var document = try? EvaluationDocument(decoding: data), document.format == EvaluationDocument.format
        else { throw ImportedModel.refusal("its evaluation is not one") }
        try Self.check(document, of: head)
        document.testImageIds = nil
        document.validationImageIds = nil
        for index in document.misclassified.indices { document.misclassified[index].image = nil }
        if var doubts = document.doubtfulLabels {
            for index in doubts.images.indices { doubts.images[index].image = nil }
            document.doubtfulLabels = doubts
        }
        if !document.notes.contains(Self.note) { document.notes.append(Self.note) }
        document.promotion = nil
        self.document = document
    }

    /// Reading JSON takes up to thirty times its bytes of memory, so no more of it is read than an honest evaluation has.
    ///
    /// 8 MiB are for what does not grow with the classes: 1,000 mistakes, 50 doubts, curves, notes, and the ids of some 500,000
    /// photos for testing and as many for validation. One byte a weight is for what does, the classes' own numbers and the
    /// confusion matrix: 1,280 bytes a class, where 5,000 classes with 100,000 test photos need 800 if no two of the photos are in
    /// the same cell. By the weight and not by the label, since a weight takes five bytes of the file itself: room cannot be had
    /// by naming classes.
    static func byteLimit(for head: Head) -> Int { 8 << 20 + head.weights.count }

    /// With what was decided here.
    func encoded(_ promotion: PromotionDecision) throws -> Data {
        var document = document
        document.promotion = promotion
        return try document.encoded()
    }
}

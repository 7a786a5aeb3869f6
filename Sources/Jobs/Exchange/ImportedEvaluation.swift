import Domain
import Formats
import Foundation

/// What a file from elsewhere says of how good its model is. What refers to photos by the ids of another server is left out: here
/// these ids are of other photos, or of none.
struct ImportedEvaluation: Sendable {
    private let document: EvaluationDocument

    var recipe: TrainingOptions.Recipe { document.recipe }

    /// No honest number of photos, steps or nats is larger, and sums of such numbers cannot overflow.
    private static let largestNumber = 1e9
    static let note =
        "It was imported: the photos that it was trained and tested on are not on this server, and it is not known here whether these "
        + "numbers are true."

    /// - Throws: `RegraftError` (`unusable_bundle`).
    init(_ data: Data, of head: HeadBundle) throws {
        guard var document = try? EvaluationDocument(decoding: data), document.format == EvaluationDocument.format
        else { throw ImportedModel.refusal("its evaluation is not one") }
        guard document.classes.map({ Array($0.label.utf8) }) == head.head.labels.map({ Array($0.utf8) }) else {
            throw ImportedModel.refusal("its evaluation is of other labels than its head")
        }
        guard document.backbone == head.backboneID else {
            throw ImportedModel.refusal("its evaluation is of another backbone than its head")
        }
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
        try check()
    }

    /// With what was decided here.
    func encoded(_ promotion: PromotionDecision) throws -> Data {
        var document = document
        document.promotion = promotion
        return try document.encoded()
    }

    private func check() throws {
        let value = try JSONSerialization.jsonObject(with: try document.encoded())
        guard Self.isPlausible(value) else {
            throw ImportedModel.refusal("its evaluation holds a number beyond 10^9")
        }
        let classes = document.classes.indices
        let isConfusion = document.confusion.allSatisfy { cell in
            cell.count == 3 && classes.contains(cell[0]) && classes.contains(cell[1]) && cell[2] >= 0
        }
        guard isConfusion else { throw ImportedModel.refusal("its evaluation's confusion matrix is of other classes") }
    }

    private static func isPlausible(_ value: Any) -> Bool {
        switch value {
        case let list as [Any]: list.allSatisfy(isPlausible)
        case let object as [String: Any]: object.values.allSatisfy(isPlausible)
        case let number as NSNumber: abs(number.doubleValue) <= largestNumber
        default: true
        }
    }
}

import Domain
import Foundation
import HTTP
import Inference
import Serving

/// Who answers a question: a retrained model, or the backbone as it was pretrained.
enum Answerer: Sendable {
    case model(ServedModel)
    case pretrained(any InferenceEngine)

    /// - Parameter reasons: what was asked for beside the answer.
    func document(
        _ classification: Classification, topK: Int, _ reasons: PreparedReasons? = nil
    ) -> ClassificationDocument {
        let labels: [String]
        var document: ClassificationDocument
        switch self {
        case .model(let model):
            labels = model.version.labels.map(\.text)
            document = ClassificationDocument(
                model: Nullable(model.version.model.text), version: Nullable(model.version.number),
                backbone: model.version.backbone)
        case .pretrained(let engine):
            labels = engine.backbone.labels
            document = ClassificationDocument(
                model: Nullable<String>(nil), version: Nullable<Int>(nil), backbone: engine.backbone.descriptor.id)
        }
        let probabilities = classification.probabilities
        let order = probabilities.indices.sorted {
            (probabilities[$0], $1) > (probabilities[$1], $0)
        }
        document.predictions = order.prefix(topK).map { index in
            ClassificationDocument.Prediction(
                label: index < labels.count ? labels[index] : "\(index)", index: index,
                probability: Double(probabilities[index]))
        }
        document.abstained = classification.abstained != nil
        document.abstainedReason = Nullable(classification.abstained?.rawValue)
        document.unknownScore = Nullable(classification.unknownScore)
        document.timingMs = ClassificationDocument.Timing(classification.timing)
        if let reasons, let explanation = classification.explanation {
            document.explanations = ExplanationsDocument(explanation, reasons, labels: labels)
        }
        return document
    }
}

/// An answer as clients see it.
struct ClassificationDocument: Encodable {
    /// Null where the backbone's own classes answer.
    var model: Nullable<String>
    var version: Nullable<Int>
    var backbone: String
    var predictions: [Prediction] = []
    /// Whether the model would rather not have answered.
    var abstained = false
    /// `unknown`: of none of its classes, by its unknown score; `unsure`: below its confidence threshold.
    var abstainedReason = Nullable<String>(nil)
    var unknownScore = Nullable<Double>(nil)
    /// Missing where none were asked for.
    var explanations: ExplanationsDocument?
    var timingMs = Timing(Classification.Timing())

    struct Prediction: Encodable {
        var label: String
        var index: Int
        var probability: Double
    }

    struct Timing: Encodable {
        var queue: Double
        var decode: Double
        var infer: Double
        var head: Double
        var explain: Double?

        init(_ timing: Classification.Timing) {
            func short(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
            queue = short(timing.queue)
            decode = short(timing.decode)
            infer = short(timing.infer)
            head = short(timing.head)
            explain = timing.explain.map(short)
        }
    }
}

/// One of several pictures: its answer, or why it has none.
struct ResultDocument: Encodable {
    var name: String?
    var answer: ClassificationDocument?
    var error: ErrorDocument?

    private enum Key: String, CodingKey { case name, error }

    func encode(to encoder: any Encoder) throws {
        try answer?.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(name, forKey: .name)
        try container.encodeIfPresent(error, forKey: .error)
    }
}

struct ResultList: Encodable {
    var results: [ResultDocument]
}

struct ErrorDocument: Encodable {
    var type: String
    var detail: String

    init(_ error: any Error) {
        let problem =
            error as? Problem ?? Problem.of(error) ?? Problem(.internalServerError, "It could not be classified.")
        type = problem.type
        detail = problem.detail
    }
}

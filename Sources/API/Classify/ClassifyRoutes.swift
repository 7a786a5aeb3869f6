import Domain
import Foundation
import HTTP
import HTTPTypes
import Serving
import Storage

/// `POST /classify` and `POST /v1/models/{model}/classify`: what is on pictures.
struct ClassifyRoutes: Sendable {
    private let environment: APIEnvironment

    init(_ environment: APIEnvironment) { self.environment = environment }

    func register(_ router: inout Router) {
        router.post("/classify", bodyLimit: environment.settings.classifyBytes, classify)
        router.post("/v1/models/{model}/classify", bodyLimit: environment.settings.classifyBytes, classify)
    }

    private struct Question {
        var model: ResourceName?
        /// A number, or an alias.
        var version: String?
        var topK: Int
        var explain: ExplainQuestion?
    }

    private func classify(_ request: Request) async throws -> Response {
        var query = FieldReader(query: request.query)
        var question = Question(
            model: nil, version: query.string("version"),
            topK: query.integer("top_k", in: 1...1000) ?? environment.settings.topK, explain: ExplainQuestion(&query))
        if request.parameters["model"] == nil { question.model = query.name("model", kind: "model") }
        try query.finish()
        if request.parameters["model"] != nil { question.model = try request.name("model") }
        guard question.model != nil || question.version == nil else {
            throw Problem(.badRequest, "A version is one of a model; name the model too.")
        }
        let answerer = try await answerer(question)
        let topK = question.topK
        let reasons = try await question.explain?.prepared(answerer, environment)
        let pictures = try await ClassifyBody(environment.settings).read(request)
        try question.explain?.check(pictureCount: pictures.items.count)
        // What is explained counts as one picture more.
        let admission = try environment.classifier.admit(pictures.items.count * (reasons == nil ? 1 : 2))
        let results = try await request.whileWanted {
            await Self.answers(pictures.items, answerer, reasons?.request, admission)
        }
        if !pictures.isForm {
            let classification = try results[0].get()
            if let map = classification.explanation?.map, request.wantsPNG { return .png(map.picture.png) }
            return try await Self.encoded(reasons) {
                answerer.document(classification, topK: topK, reasons)
            }
        }
        // One that waited too long, or an engine that fails, is no picture's fault.
        for case .failure(let error) in results where !(error is ImageError) && !(error is Problem) { throw error }
        return try await Self.encoded(reasons) {
            let documents = results.enumerated().map { index, result in
                switch result {
                case .success(let classification):
                    ResultDocument(
                        name: pictures.items[index].name,
                        answer: answerer.document(classification, topK: topK, reasons), error: nil)
                case .failure(let error):
                    ResultDocument(name: pictures.items[index].name, answer: nil, error: ErrorDocument(error))
                }
            }
            return ResultList(results: documents)
        }
    }

    /// With pictures in it an answer has megabytes, which take longer than a connection's loop should be held up.
    private static func encoded<Document: Encodable & SendableMetatype>(
        _ reasons: PreparedReasons?, _ document: @escaping @Sendable () -> Document
    ) async throws -> Response {
        try await BodyWorkers.run(reasons?.request.map == nil ? 0 : .max) { try JSONResponse.make(document()) }
    }

    private static func answers(
        _ items: [ClassifyBody.Item], _ answerer: Answerer, _ reasons: ExplanationRequest?,
        _ admission: Classifier.Admission
    ) async -> [Result<Classification, any Error>] {
        await withTaskGroup(of: (Int, Result<Classification, any Error>).self) { group in
            for (index, item) in items.enumerated() {
                group.addTask { (index, await answer(item, answerer, reasons, admission)) }
            }
            var results = [Result<Classification, any Error>?](repeating: nil, count: items.count)
            for await (index, result) in group { results[index] = result }
            return results.compactMap(\.self)
        }
    }

    private static func answer(
        _ item: ClassifyBody.Item, _ answerer: Answerer, _ reasons: ExplanationRequest?,
        _ admission: Classifier.Admission
    ) async -> Result<Classification, any Error> {
        do {
            let bytes = try item.bytes.get()
            switch answerer {
            case .model(let model):
                return .success(try await admission.classify(bytes, by: model, explaining: reasons))
            case .pretrained(let engine): return .success(try await admission.classify(bytes, byPretrained: engine))
            }
        } catch {
            return .failure(error)
        }
    }

    // MARK: Who answers

    private func answerer(_ question: Question) async throws -> Answerer {
        guard let name = question.model else {
            if let newest = environment.registry.newest { return .model(newest) }
            if let problem = try await environment.unavailable() { throw problem }
            return try await pretrained()
        }
        return .model(try await environment.servedModel(name, version: question.version))
    }

    /// Before anything was retrained: what the backbone itself knows.
    private func pretrained() async throws -> Answerer {
        let backbone = try await environment.backbones.backbone(environment.settings.defaultBackbone)
        guard backbone.descriptor.outputs.logits != nil, !backbone.labels.isEmpty else {
            throw RegraftError(
                "nothing_to_classify_with",
                "No model has been retrained yet. PUT an archive of photos to /v1/datasets/NAME, then POST {\"dataset\": "
                    + "\"NAME\"} to /v1/jobs.")
        }
        return .pretrained(
            try await environment.backbones.engine(environment.settings.defaultBackbone, for: .pretrained))
    }
}

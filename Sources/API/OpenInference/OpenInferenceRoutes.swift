import Domain
import Foundation
import HTTP
import HTTPTypes
import Serving
import Storage
import Workers

/// `/v2`: the models by the Open Inference Protocol, version 2, as KServe, Triton and MLServer speak it over HTTP, with Triton's
/// extensions for binary tensor data and for classification.
struct OpenInferenceRoutes: Sendable {
    private let environment: APIEnvironment
    /// Reads bodies and writes answers, which for hundreds of thousands of numbers in JSON takes too long for a connection's loop.
    private let pool = WorkerPool(name: "open-inference", width: 2)

    init(_ environment: APIEnvironment) { self.environment = environment }

    func register(_ router: inout Router) {
        let telling = OpenInferenceErrors.telling
        router.get("/v2", telling(server))
        router.get("/v2/health/live", telling(live))
        router.get("/v2/health/ready", telling(ready))
        for model in ["/v2/models/{model}", "/v2/models/{model}/versions/{version}"] {
            router.get(model, telling(metadata))
            router.get("\(model)/ready", telling(modelReady))
            router.post("\(model)/infer", bodyLimit: environment.settings.classifyBytes, telling(infer))
        }
    }

    // MARK: Health

    private struct Live: Encodable {
        var live = true
    }

    private struct Ready: Encodable {
        var name: String?
        var ready = true
    }

    private func live(_ request: Request) async throws -> Response { try JSONResponse.make(Live()) }

    private func ready(_ request: Request) async throws -> Response {
        try environment.readiness.require()
        return try JSONResponse.make(Ready())
    }

    private func modelReady(_ request: Request) async throws -> Response {
        try JSONResponse.make(Ready(name: try await model(request).version.model.text))
    }

    // MARK: Metadata

    private struct ServerDocument: Encodable {
        var name = "regraft"
        var version: String
        var extensions = ["binary_tensor_data", "classification"]
    }

    private struct ModelMetadata: Encodable {
        var name: String
        var versions: [String]
        var platform = "regraft_openvino"
        var inputs: [Tensor]
        var outputs: [Tensor]

        struct Tensor: Encodable {
            var name: String
            var datatype: String
            /// -1 where any number goes.
            var shape: [Int]
            var parameters: [String: String]?
        }
    }

    private func server(_ request: Request) async throws -> Response {
        try JSONResponse.make(ServerDocument(version: environment.settings.version))
    }

    private func metadata(_ request: Request) async throws -> Response {
        let model = try await model(request)
        let versions: [ModelVersion] = try await environment.catalog.versions(
            of: model.version.model, before: nil, limit: Page.maximumLimit)
        let size = model.engine.backbone.descriptor.input
        let classes = model.version.labels.count
        return try JSONResponse.make(
            ModelMetadata(
                name: model.version.model.text, versions: versions.map { "\($0.number)" },
                inputs: [
                    .init(
                        name: InferenceInput.imageName, datatype: "BYTES", shape: [-1],
                        parameters: ["content_type": "base64"]),
                    .init(name: InferenceInput.pixelsName, datatype: "FP32", shape: [-1, size.height, size.width, 3]),
                ],
                outputs: [
                    .init(name: InferenceAnswer.probabilities, datatype: "FP32", shape: [-1, classes]),
                    .init(name: InferenceAnswer.labels, datatype: "BYTES", shape: [-1, classes]),
                ]))
    }

    // MARK: Inference

    private func infer(_ request: Request) async throws -> Response {
        let model = try await model(request)
        let jsonLength = try Self.jsonLength(request)
        let body = try await request.body.collect()
        let (size, limit) = (model.engine.backbone.descriptor.input, environment.settings.classifyImages)
        let (question, input) = try await pool.run { _ in
            // Triton's raw request: the body is the one element of the one input.
            if jsonLength == 0 { return (InferenceRequest(inputs: []), InferenceInput.pictures([Data(body)])) }
            let question = try InferenceRequest.parse(body, jsonLength: jsonLength)
            try InferenceAnswer.check(question.outputs)
            return (question, try InferenceInput(question, size: size, limit: limit))
        }
        let probabilities = try await classify(input, by: model, for: request)
        let answer = InferenceAnswer(
            model: model.version.model.text, version: model.version.number,
            labels: model.version.labels.map(\.text), probabilities: probabilities)
        return try await pool.run { _ in try answer.response(to: question) }
    }

    private static func jsonLength(_ request: Request) throws(Problem) -> Int? {
        guard let text = request.headers[.inferenceHeaderContentLength] else { return nil }
        guard let length = Int(text), length >= 0 else {
            throw Problem(.badRequest, "The Inference-Header-Content-Length must be a number of bytes.")
        }
        return length
    }

    /// - Throws: for all pictures where one cannot be used: a tensor has no place for errors.
    private func classify(
        _ input: InferenceInput, by model: ServedModel, for request: Request
    ) async throws -> [[Float]] {
        switch input {
        case .pictures(let pictures):
            try await classify(pictures, for: request) { try await $0.classify($1, by: model) }
        case .pixels(let pictures):
            try await classify(pictures, for: request) { try await $0.classify(pixels: $1, by: model) }
        }
    }

    private func classify<Picture: Sendable>(
        _ pictures: [Picture], for request: Request,
        _ answer: @escaping @Sendable (Classifier.Admission, Picture) async throws -> Classification
    ) async throws -> [[Float]] {
        let admission = try environment.classifier.admit(pictures.count)
        let result = try await request.whileWanted {
            await Self.result {
                try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
                    for (index, picture) in pictures.enumerated() {
                        group.addTask {
                            do { return (index, try await answer(admission, picture).probabilities) } catch let error
                                as ImageError
                            {
                                throw ImageError(error.code, "element \(index): \(error.reason)")
                            }
                        }
                    }
                    var rows = [[Float]](repeating: [], count: pictures.count)
                    for try await (index, row) in group { rows[index] = row }
                    return rows
                }
            }
        }
        return try result.get()
    }

    private static func result<Value: Sendable>(
        _ body: @Sendable () async throws -> Value
    ) async -> Result<Value, any Error> {
        do { return .success(try await body()) } catch { return .failure(error) }
    }

    private func model(_ request: Request) async throws -> ServedModel {
        let version = request.parameters["version"]
        return try await environment.servedModel(try request.name("model"), version: version)
    }
}

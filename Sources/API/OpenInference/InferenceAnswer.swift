import Foundation
import HTTP
import HTTPTypes

/// The outputs of a model for several pictures, as the Open Inference Protocol shows them.
///
/// `probabilities`, FP32 `[n, classes]`, and `labels`, BYTES `[n, classes]`: the label of each of these numbers. With Triton's
/// parameter `classification`, `probabilities` is BYTES `[n, k]` instead: the k most likely classes as `value:index:label`.
struct InferenceAnswer {
    static let probabilities = "probabilities"
    static let labels = "labels"

    let model: String
    let version: Int
    let labels: [String]
    /// `[n, classes]`
    let probabilities: [[Float]]

    private struct Document: Encodable {
        var modelName: String
        var modelVersion: String
        var id: String?
        var outputs: [Output]

        struct Output: Encodable {
            var name: String
            var datatype: String
            var shape: [Int]
            var parameters: [String: Int]?
            var data: Tensor?
        }
    }

    private enum Tensor: Encodable {
        case floats([Float])
        case strings([String])

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .floats(let values): try values.encode(to: encoder)
            case .strings(let values): try values.encode(to: encoder)
            }
        }

        /// Little-endian; each text behind its length in four bytes.
        var binary: [UInt8] {
            func bytes(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
            return switch self {
            case .floats(let values): values.flatMap { bytes($0.bitPattern) }
            case .strings(let values): values.flatMap { bytes(UInt32($0.utf8.count)) + Array($0.utf8) }
            }
        }
    }

    /// - Throws: `Problem` (400) for an output that there is not, and for one that is asked for twice: an answer could else be a
    /// million times as long as its question.
    static func check(_ outputs: [InferenceRequest.Output]?) throws(Problem) {
        var seen: Set<String> = []
        for output in outputs ?? [] {
            guard seen.insert(output.name).inserted else {
                throw Problem(.badRequest, "The output '\(output.name.prefix(100))' is asked for twice.")
            }
        }
        for output in outputs ?? [] where ![probabilities, labels].contains(output.name) {
            throw Problem(
                .badRequest,
                "There is no output '\(output.name.prefix(100))'; there are '\(probabilities)' and '\(labels)'.")
        }
    }

    /// The outputs that were asked for, each in JSON or behind it.
    func response(to request: InferenceRequest) throws -> Response {
        let wanted =
            request.outputs ?? [Self.probabilities, Self.labels].map { InferenceRequest.Output(name: $0) }
        var document = Document(modelName: model, modelVersion: "\(version)", id: request.id, outputs: [])
        var behind: [UInt8] = []
        var hasBinary = false
        for output in wanted {
            let (tensor, columns) = tensor(output)
            var shown = Document.Output(
                name: output.name, datatype: "BYTES", shape: [probabilities.count, columns], data: tensor)
            if case .floats = tensor { shown.datatype = "FP32" }
            if output.parameters?["binary_data"] ?? request.parameters?["binary_data_output"] == .bool(true) {
                let bytes = tensor.binary
                (shown.parameters, shown.data) = (["binary_data_size": bytes.count], nil)
                behind += bytes
                hasBinary = true
            }
            document.outputs.append(shown)
        }
        guard hasBinary else { return try JSONResponse.make(document) }
        let json = try JSONResponse.encode(document)
        return Response(
            headers: [
                .contentType: "application/octet-stream", .inferenceHeaderContentLength: "\(json.count)",
            ], body: .bytes(json + behind))
    }

    private func tensor(_ output: InferenceRequest.Output) -> (Tensor, columns: Int) {
        if output.name == Self.labels {
            return (.strings(probabilities.flatMap { _ in labels }), labels.count)
        }
        guard case .integer(let count)? = output.parameters?["classification"], count > 0 else {
            return (.floats(probabilities.flatMap(\.self)), labels.count)
        }
        let kept = min(count, labels.count)
        let texts = probabilities.flatMap { row in
            row.indices.sorted { (row[$0], $1) > (row[$1], $0) }.prefix(kept).map { index in
                "\(String(format: "%f", row[index])):\(index):\(labels[index])"
            }
        }
        return (.strings(texts), kept)
    }
}

extension HTTPField.Name {
    static let inferenceHeaderContentLength = HTTPField.Name("Inference-Header-Content-Length")!
}

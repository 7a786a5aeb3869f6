import Domain
import Foundation
import HTTP
import HTTPTypes
import Serving

/// What of an answer is to be explained: the parameters `explain`, `explain_label` and `neighbors`.
struct ExplainQuestion: Sendable {
    private enum Kind: String, CaseIterable { case cam, neighbors }

    static let parameters = ["explain", "explain_label", "neighbors"]
    /// A picture of each map is made, and sent as text.
    private static let maximumMaps = 16
    private static let defaultCount = 5
    private static let labelsShown = 20

    private let kinds: Set<Kind>
    /// Whose map is wanted; nil for the most likely class's.
    private let label: String?
    private let neighborCount: Int

    /// Nil where nothing is asked for.
    init?(_ query: inout FieldReader) {
        let text = query.string("explain")
        let label = query.string("explain_label")
        let count = query.integer("neighbors", in: 1...50)
        let names = text?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
        let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
        for name in names where Kind(rawValue: name) == nil {
            query.fail("explain", "There is no '\(name.prefix(40))'; there are \(known), with a comma between several.")
        }
        kinds = Set(names.compactMap(Kind.init(rawValue:)))
        if label != nil, !kinds.contains(.cam) { query.fail("explain_label", "It goes with explain=cam.") }
        if count != nil, !kinds.contains(.neighbors) { query.fail("neighbors", "It goes with explain=neighbors.") }
        self.label = label
        neighborCount = count ?? Self.defaultCount
        if kinds.isEmpty { return nil }
    }

    /// Makes ready what it takes, so that what cannot be explained is refused before pictures are read.
    /// - Throws: `RegraftError` (`nothing_to_explain`, `no_feature_map`); `Problem` (400) for a label that the model has not.
    func prepared(_ answerer: Answerer, _ environment: APIEnvironment) async throws -> PreparedReasons {
        guard case .model(let model) = answerer else {
            throw RegraftError(
                "nothing_to_explain",
                "Answers of retrained models are explained; here the backbone's own classes answer, whose last layer is not known. "
                    + "Train a model first.")
        }
        var prepared = PreparedReasons(dataset: model.version.dataset)
        if kinds.contains(.cam) {
            let index = try label.map { try Self.index(of: $0, model.version) }
            prepared.request.map = try await environment.backbones.mapRequest(model.engine.backbone)
            prepared.request.map?.index = index
        }
        if kinds.contains(.neighbors) {
            switch try await environment.neighbors.photos(of: model) {
            case .some(let photos): prepared.request.neighbors = .init(photos, count: neighborCount)
            case .none(let reason): prepared.neighborsNote = reason
            }
        }
        return prepared
    }

    /// - Throws: `Problem` (400).
    func check(pictureCount: Int) throws(Problem) {
        guard kinds.contains(.cam), pictureCount > Self.maximumMaps else { return }
        throw Problem(
            .badRequest,
            "With explain=cam a request has at most \(Self.maximumMaps) pictures; this one has \(pictureCount). Send them in several."
        )
    }

    private static func index(of label: String, _ version: ModelVersion) throws(Problem) -> Int {
        if let index = version.labels.firstIndex(where: { $0.text == label }) { return index }
        let known = version.labels.prefix(labelsShown).map(\.text).joined(separator: ", ")
        throw Problem(
            .badRequest, type: "urn:regraft:problem:invalid-parameters",
            "The parameter 'explain_label' is wrong: The model '\(version.model)' has no label '\(label.prefix(80))'; it has "
                + known
                + (version.labels.count > labelsShown ? " and \(version.labels.count - labelsShown) more." : "."))
    }
}

/// All that explaining takes beside the picture.
struct PreparedReasons: Sendable {
    var request = ExplanationRequest()
    /// That the model was trained on; nil where it was imported, which has no neighbours here.
    let dataset: ResourceName?
    /// Why there are no neighbours where some were asked for.
    var neighborsNote: String?

    init(dataset: ResourceName?) { self.dataset = dataset }
}

extension Request {
    /// Whether the client wants a picture and not JSON.
    var wantsPNG: Bool { (headers[.accept] ?? "").lowercased().contains("image/png") }
}

extension Response {
    static func png(_ bytes: [UInt8]) -> Response {
        var response = Response(status: .ok, body: .bytes(bytes))
        response.headers[.contentType] = "image/png"
        return response
    }
}

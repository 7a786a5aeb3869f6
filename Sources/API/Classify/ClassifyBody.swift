import Domain
import Foundation
import HTTP
import HTTPTypes

/// The pictures of a request to classify: one as it is, a form's files, or base64 in JSON.
struct ClassifyBody {
    struct Item: Sendable {
        let name: String?
        /// A picture whose text is no base64, or that is too large, has no bytes; the others have their answers.
        let bytes: Result<Data, Problem>
    }

    private let settings: APIEnvironment.Settings

    init(_ settings: APIEnvironment.Settings) { self.settings = settings }

    /// - Throws: `Problem`: 415, 413, 400.
    func read(_ request: Request) async throws -> (items: [Item], isForm: Bool) {
        let type = request.mediaType
        if type == "application/json" { return (try await readJSON(request), true) }
        var items: [Item] = []
        var isForm = true
        let reader = PictureReader(
            limits: settings.imageLimits, maximumCount: settings.classifyImages, keepsAll: true,
            parameters: ["model", "version", "top_k"] + ExplainQuestion.parameters)
        try await reader.read(request) { pictures in
            items += pictures.map { Item(name: $0.fileName, bytes: $0.bytes.mapError { Problem.of($0) }) }
            isForm = !pictures.contains(where: \.isOnlyOne)
        }
        return (items, isForm)
    }

    private func readJSON(_ request: Request) async throws -> [Item] {
        var fields = try await FieldReader(
            json: request, .init(elements: settings.classifyImages, what: "images in the request"))
        var values: [JSONValue] = []
        switch fields.require(fields.value("images"), "images") {
        case .array(let list)? where list.isEmpty: fields.fail("images", "The list is empty.")
        case .array(let list)?: values = list
        case nil: break
        default: fields.fail("images", "It must be a list.")
        }
        try fields.finish()
        return try await BodyWorkers.run(request.body.length ?? .max) { [values] in
            try values.enumerated().map { try Self.item($0, $1) }
        }
    }

    private static func item(_ index: Int, _ value: JSONValue) throws(Problem) -> Item {
        guard case .object(let object) = value else {
            var fields = FieldReader(["images[\(index)]": value])
            fields.fail("images[\(index)]", "It must be an object like {\"b64\": \"…\"}.")
            try fields.finish()
            return Item(name: nil, bytes: .success(Data()))  // `finish` has thrown
        }
        var reader = FieldReader(object, named: "images[\(index)].")
        let text = reader.require(reader.string("b64"), "b64") ?? ""
        let name = reader.string("name")
        if let name, name.utf8.count > maximumNameBytes {
            reader.fail("name", "It must have at most \(maximumNameBytes) bytes.")
        }
        try reader.finish()
        return Item(name: name, bytes: decode(text))
    }

    private static let maximumNameBytes = 255

    private static func decode(_ text: String) -> Result<Data, Problem> {
        guard let data = Base64.decode(text.utf8) else {
            return .failure(
                Problem(
                    .badRequest, type: "urn:regraft:problem:invalid-base64",
                    "It is no base64 (RFC 4648, section 4: A-Z a-z 0-9 + / and = at the end), with nothing like "
                        + "'data:image/png;base64,' before it."))
        }
        return .success(data)
    }
}

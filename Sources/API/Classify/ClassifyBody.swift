import Domain
import Foundation
import HTTP
import HTTPTypes

/// The pictures of a request to classify: one as it is, a form's files, or base64 in JSON.
struct ClassifyBody {
    struct Item: Sendable {
        let name: String?
        /// A picture whose text is no base64 has no bytes; the others have their answers.
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
        let reader = PictureReader(limits: settings.imageLimits, maximumCount: settings.classifyImages)
        try await reader.read(request) { pictures in
            items += pictures.map { Item(name: $0.fileName, bytes: .success($0.bytes)) }
            isForm = !pictures.contains(where: \.isOnlyOne)
        }
        return (items, isForm)
    }

    private func readJSON(_ request: Request) async throws -> [Item] {
        var fields = try await FieldReader(json: request)
        let images = fields.require(fields.value("images"), "images")
        try fields.finish()
        guard case .array(let values)? = images else {
            throw Problem(.badRequest, "The field 'images' must be a list.")
        }
        guard !values.isEmpty else { throw Problem(.badRequest, "The list 'images' is empty.") }
        guard values.count <= settings.classifyImages else {
            throw Problem(
                .contentTooLarge,
                "There are \(values.count) images; at most \(settings.classifyImages) a request are taken.")
        }
        return try values.enumerated().map { index, value in
            guard case .object(let object) = value else {
                throw Problem(.badRequest, "images[\(index)] must be an object like {\"b64\": \"…\"}.")
            }
            var reader = FieldReader(object)
            let text = reader.require(reader.string("b64"), "b64")
            let name = reader.string("name")
            try reader.finish()
            guard let data = Data(base64Encoded: text ?? "", options: .ignoreUnknownCharacters), !data.isEmpty else {
                return Item(
                    name: name,
                    bytes: .failure(
                        Problem(.badRequest, type: "urn:regraft:problem:invalid-base64", "It is no base64.")))
            }
            return Item(name: name, bytes: .success(data))
        }
    }
}

import Crypto
import Domain
import Foundation
import HTTP
import HTTPTypes
import Storage

/// `/v1/datasets/{dataset}/images/changes`: many photos relabelled and deleted in one new version, all or none.
struct ImageChangeRoutes: Sendable {
    private let environment: APIEnvironment

    static let maximumChanges = 1000

    init(_ environment: APIEnvironment) { self.environment = environment }

    func register(_ router: inout Router) {
        router.post(
            "/v1/datasets/{dataset}/images/changes", bodyLimit: environment.settings.requestBytes, change)
    }

    private func change(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        let name = try request.name("dataset")
        let changes = try await read(request)
        let changed = try await environment.catalog.change(
            changes, of: name, idempotency: try request.idempotencyKey(Self.fingerprint(changes)), at: .now)
        var response = try JSONResponse.make(
            ChangedImagesDocument(
                dataset: name.text, version: changed.version.number, images: changed.version.imageCount,
                relabelled: changed.counts.relabelled, deleted: changed.counts.deleted, merged: changed.counts.merged))
        if changed.isReplay { response.headers[.idempotentReplayed] = "true" }
        return response
    }

    /// - Throws: `Problem` (400, 413, 415).
    private func read(_ request: Request) async throws -> [ImageChange] {
        var fields = try await FieldReader(
            json: request, .init(elements: Self.maximumChanges, what: "changes in the request"))
        var values: [JSONValue] = []
        switch fields.require(fields.value("changes"), "changes") {
        case .array(let list)? where list.isEmpty: fields.fail("changes", "The list is empty.")
        case .array(let list)?: values = list
        case nil: break
        default: fields.fail("changes", "It must be a list.")
        }
        try fields.finish()
        return try values.enumerated().compactMap { try Self.change($0, $1) }
    }

    private static func change(_ index: Int, _ value: JSONValue) throws(Problem) -> ImageChange? {
        guard case .object(let object) = value else {
            var fields = FieldReader(["changes[\(index)]": value])
            fields.fail("changes[\(index)]", "It must be an object like {\"image\": 7, \"label\": \"…\"}.")
            try fields.finish()
            return nil  // `finish` has thrown
        }
        var fields = FieldReader(object, named: "changes[\(index)].")
        let image = fields.require(fields.integer("image", in: 1...Int.max), "image")
        let label = fields.label("label")
        let isDeleted = fields.bool("delete")
        if label != nil, isDeleted == true {
            fields.fail("delete", "A photo is either relabelled or deleted; leave one of the two out.")
        } else if label == nil, isDeleted != true {
            fields.fail("label", "It needs a 'label', or 'delete' that is true.")
        }
        try fields.finish()
        return image.map { ImageChange(image: Int64($0), action: label.map { .relabel($0) } ?? .delete) }
    }

    private static func fingerprint(_ changes: [ImageChange]) -> String {
        var hash = SHA256()
        for change in changes {
            let text =
                switch change.action {
                case .relabel(let label): "\(change.image)=\(label.text.utf8.count):\(label.text)"
                case .delete: "\(change.image)-"
                }
            hash.update(data: Data(text.utf8))
        }
        return "\(PhotoDigest(bytes: Array(hash.finalize())))"
    }

    private struct ChangedImagesDocument: Encodable {
        var dataset: String
        var version: Int
        var images: Int
        var relabelled: Int
        var deleted: Int
        var merged: Int
    }
}

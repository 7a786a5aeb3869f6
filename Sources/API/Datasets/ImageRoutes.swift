import Domain
import Foundation
import HTTP
import HTTPTypes
import Images
import Jobs
import Storage

/// `/v1/datasets/{dataset}/images`: single photos.
struct ImageRoutes: Sendable {
    private let environment: APIEnvironment
    private let thumbnails: Thumbnails
    private var catalog: any Catalog { environment.catalog }

    init(_ environment: APIEnvironment) {
        self.environment = environment
        thumbnails = Thumbnails(environment.blobs, environment.settings.imageLimits)
    }

    func register(_ router: inout Router) {
        router.get("/v1/datasets/{dataset}/images", list)
        router.post("/v1/datasets/{dataset}/images", bodyLimit: environment.settings.uploadBytes, add)
        router.get("/v1/datasets/{dataset}/images/{image}", show)
        router.patch("/v1/datasets/{dataset}/images/{image}", bodyLimit: environment.settings.requestBytes, relabel)
        router.delete("/v1/datasets/{dataset}/images/{image}", remove)
    }

    private func list(_ request: Request) async throws -> Response {
        var query = FieldReader(query: request.query)
        let page = Page(&query)
        let after = page.number(&query, as: Int64.self)
        let label = query.label("label")
        let split = query.choice("split", as: Split.self)
        let wanted = query.integer("version", in: 1...Int(Int32.max))
        try query.finish()
        let name = try request.name("dataset")
        let dataset = try await catalog.requiredDataset(name)
        guard let version = wanted ?? dataset.current?.number else {
            return try JSONResponse.make(
                ImageList(dataset: name.text, version: 0, images: [], nextCursor: Nullable(nil)))
        }
        let found = try await catalog.images(
            of: name, version: version, label: label, split: split, after: after, limit: page.lookahead)
        let (shown, next) = page.cut(found) { "\($0.id)" }
        return try JSONResponse.make(
            ImageList(
                dataset: name.text, version: version, images: shown.map(ImageDocument.init), nextCursor: Nullable(next))
        )
    }

    // MARK: Adding

    private func add(_ request: Request) async throws -> Response {
        let name = try request.name("dataset")
        var query = FieldReader(query: request.query)
        let given = query.require(query.label("label"), "label")
        let fileName = query.string("name")
        if let fileName, !Self.isFileName(fileName) {
            query.fail("name", "It must be a file's name of 1 to 255 bytes, without slashes and control characters.")
        }
        try query.finish()
        guard let label = given else { return Response(status: .badRequest) }  // `finish` has thrown
        try await environment.checkRoom(for: 0)
        let pictures = PictureReader(
            limits: environment.settings.imageLimits, maximumCount: 10_000, keepsAll: false,
            parameters: ["label", "name"])
        var (images, refused): ([NewImage], [RefusedFile]) = ([], [])
        var fingerprint = "\(label)"
        // Clients take as long as they like, so the photos cannot be stored inside the gate.
        let hold = environment.gate.hold()
        try await pictures.read(request) { batch in
            if fileName != nil, !batch.allSatisfy(\.isOnlyOne) {
                throw Problem(
                    .badRequest,
                    "The parameter 'name' is for a body that is one photo; a form's files have their names.")
            }
            var stored = try await environment.intake.store(batch.compactMap { try? $0.bytes.get() }, hold: hold)[...]
            for picture in batch {
                switch picture.bytes.flatMap({ bytes in stored.removeFirst().map { ($0, bytes.count) } }) {
                case .success(let (digest, count)):
                    let name = fileName ?? picture.fileName ?? Self.defaultName(digest)
                    fingerprint += " \(digest) \(name)"
                    images.append(
                        NewImage(digest: digest, label: label, fileName: name, byteCount: count))
                case .failure(let error):
                    fingerprint += " -"
                    refused.append(
                        RefusedFile(
                            path: picture.fileName ?? "image \(picture.number)", code: error.code.rawValue,
                            reason: error.reason))
                    if picture.isOnlyOne { throw error }
                }
            }
        }
        return try await environment.gate.withWriting {
            defer { withExtendedLifetime(hold) {} }
            return try await answer(request, name, images, refused, fingerprint)
        }
    }

    private func answer(
        _ request: Request, _ name: ResourceName, _ images: [NewImage], _ refused: [RefusedFile], _ fingerprint: String
    ) async throws -> Response {
        guard !images.isEmpty else {
            var problem = Problem(
                .unprocessableContent, type: "urn:regraft:problem:no-usable-images", "None of the images can be used.")
            problem.errors = refused.map { Problem.Item(subject: $0.path, detail: $0.reason) }
            throw problem
        }
        let added = try await catalog.add(
            images, to: name, idempotency: try request.idempotencyKey(fingerprint), at: .now)
        var response = try JSONResponse.make(
            AddedImagesDocument(
                dataset: name.text, version: Nullable(added.version.number),
                images: added.images.map(ImageDocument.init),
                refused: refused), status: .created)
        if added.isReplay { response.headers[.idempotentReplayed] = "true" }
        if added.images.count == 1 { response.headers[.location] = "/v1/datasets/\(name)/images/\(added.images[0].id)" }
        return response
    }

    private static func defaultName(_ digest: PhotoDigest) -> String { "\(digest.description.prefix(16))" }

    static func isFileName(_ name: String) -> Bool {
        (1...255).contains(name.utf8.count) && !name.utf8.contains { $0 == 0x2F || $0 < 0x20 || $0 == 0x7F }
    }

    // MARK: One photo

    private func show(_ request: Request) async throws -> Response {
        var query = FieldReader(query: request.query)
        let size = query.integer("size", in: Thumbnails.sizes)
        try query.finish()
        let (name, id) = (try request.name("dataset"), try request.parameters.get("image", as: Int64.self))
        let image = try await catalog.requiredImage(id, of: name)
        if let size { return try await thumbnail(of: image, size, request) }
        let found = try await environment.readPool.run { [blobs = environment.blobs] _ in
            try blobs.file(of: image.digest).map { (file: $0, type: Self.contentType(of: $0)) }
        }
        guard let (file, type) = found else { throw Problem(.notFound, "The photo's file is no longer there.") }
        var response = try await Response.file(
            file.path, for: request, contentType: type, entityTag: image.digest.description)
        // It is what somebody has uploaded: nothing in it is to be run.
        response.headers[.contentSecurityPolicy] = "default-src 'none'; sandbox"
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
    }

    private func thumbnail(of image: DatasetImage, _ size: Int, _ request: Request) async throws -> Response {
        // Ids are never given to another photo, and a photo is what its digest says.
        let tag = "\"\(image.digest)-\(size)\""
        var response = Response(headers: [.eTag: tag, .cacheControl: "private, max-age=31536000, immutable"])
        if let tags = request.headers[.ifNoneMatch], EntityTag.isNamed(tag, in: tags, strongly: false) {
            response.status = .notModified
            return response
        }
        response.body = .bytes(try await thumbnails.make(of: image.digest, longerSide: size))
        response.headers[.contentType] = "image/jpeg"
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
    }

    private static func contentType(of file: URL) -> String {
        let handle = try? FileHandle(forReadingFrom: file)
        let start = (try? handle?.read(upToCount: 64)) ?? Data()
        try? handle?.close()
        return switch start.withUnsafeBytes({ ImageFormat.sniff($0) }) {
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .webp: "image/webp"
        case .gif: "image/gif"
        case .tiff: "image/tiff"
        case .heif: "image/heif"
        case .avif: "image/avif"
        case nil: "application/octet-stream"
        }
    }

    private func relabel(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        let (name, id) = (try request.name("dataset"), try request.parameters.get("image", as: Int64.self))
        var fields = try await FieldReader(json: request)
        let label = fields.require(fields.label("label"), "label")
        try fields.finish()
        guard let label else { return Response(status: .badRequest) }  // `finish` has thrown
        let changed = try await catalog.relabel(id, of: name, as: label, at: .now)
        return try JSONResponse.make(
            ChangedImage(
                dataset: name.text, version: changed.version.number, image: ImageDocument(changed.image)))
    }

    private func remove(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        let (name, id) = (try request.name("dataset"), try request.parameters.get("image", as: Int64.self))
        let version = try await catalog.removeImage(id, of: name, at: .now)
        return try JSONResponse.make(
            ChangedDataset(dataset: name.text, version: version.number, images: version.imageCount))
    }

    private struct ChangedImage: Encodable {
        var dataset: String
        var version: Int
        var image: ImageDocument
    }

    private struct ChangedDataset: Encodable {
        var dataset: String
        var version: Int
        var images: Int
    }
}

extension HTTPField.Name {
    static let xContentTypeOptions = HTTPField.Name("X-Content-Type-Options")!
}

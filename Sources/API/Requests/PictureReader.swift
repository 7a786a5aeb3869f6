import Domain
import Foundation
import HTTP
import HTTPTypes
import Images

/// A picture of a request's body.
struct Picture: Sendable {
    /// Counted from 0.
    let number: Int
    let fileName: String?
    /// Or why they were not kept.
    let bytes: Result<Data, ImageError>
    /// Whether the whole body is this picture.
    let isOnlyOne: Bool
}

/// Takes pictures from a body that is one, or a form with several files, a few at a time.
struct PictureReader {
    private let limits: ImageLimits
    private let maximumCount: Int
    private let keepsAll: Bool
    /// Parameters of the URL that people put into the form.
    private let parameters: [String]
    private static let bytesAtOnce = 32 << 20
    private static let countAtOnce = 64

    /// - Parameters:
    ///   - keepsAll: whether whoever takes the pictures keeps them until the last has come.
    ///   - parameters: names that belong in the URL, for those who put them into the form.
    init(limits: ImageLimits, maximumCount: Int, keepsAll: Bool, parameters: [String] = []) {
        self.limits = limits
        self.maximumCount = maximumCount
        self.keepsAll = keepsAll
        self.parameters = parameters
    }

    /// - Throws: `Problem`: 415, 413, 400, 503 where other bodies fill the memory; and what `take` throws.
    func read(_ request: Request, _ take: ([Picture]) async throws -> Void) async throws {
        let type = request.mediaType
        switch type {
        case "multipart/form-data": try await readForm(request, take)
        case nil, "application/octet-stream": try await readOne(request, take)
        case let type? where type.hasPrefix("image/"): try await readOne(request, take)
        case let type?:
            throw Problem(
                .unsupportedMediaType,
                "The body must be an image, or a multipart/form-data form with images; it came as \(type). With curl, send it "
                    + "with `-T photo.jpg` or `-F image=@photo.jpg`.")
        }
    }

    private func readOne(_ request: Request, _ take: ([Picture]) async throws -> Void) async throws {
        var body = request.body
        body.limit = min(body.limit, limits.maximumBytes)
        let bytes = try await body.collect()
        guard !bytes.isEmpty else { throw Problem(.badRequest, "The body is empty; it must be an image.") }
        try await take([Picture(number: 0, fileName: nil, bytes: .success(Data(bytes)), isOnlyOne: true)])
    }

    private func readForm(_ request: Request, _ take: ([Picture]) async throws -> Void) async throws {
        var reader = try MultipartReader(request)
        // Of a longer body a picture may be too large, whose bytes are not kept: who knows how much memory it takes.
        if keepsAll, let length = request.body.length, length <= min(request.body.limit, limits.maximumBytes) {
            try request.body.expect(length)
        }
        var (batch, size, count): ([Picture], Int, Int) = ([], 0, 0)
        while let part = try await reader.nextPart() {
            guard part.filename != nil || part.contentType?.hasPrefix("image/") == true else {
                throw noFile(part.name)
            }
            guard count < maximumCount else {
                throw Problem(.contentTooLarge, "There are more than \(maximumCount) images in the request.")
            }
            let bytes = try await readPart(&reader, of: request.body)
            size += (try? bytes.get().count) ?? 0
            batch.append(
                Picture(number: count, fileName: Self.fileName(part.filename), bytes: bytes, isOnlyOne: false))
            count += 1
            if size >= Self.bytesAtOnce || batch.count >= Self.countAtOnce {
                try await take(batch)
                if !keepsAll { request.body.release(size) }
                (batch, size) = ([], 0)
            }
        }
        guard count > 0 else { throw Problem(.badRequest, "The form holds no image.") }
        if !batch.isEmpty { try await take(batch) }
    }

    /// One picture of a form. Of one that is too large nothing is kept, and the rest of it is skipped.
    private func readPart(
        _ reader: inout MultipartReader, of body: RequestBody
    ) async throws -> Result<Data, ImageError> {
        var (bytes, count) = (Data(), 0)
        while let piece = try await reader.read() {
            count += piece.count
            guard count <= limits.maximumBytes else {
                body.release(bytes.count)
                bytes = Data()
                continue
            }
            try body.keep(piece.count)
            bytes.append(contentsOf: piece)
        }
        return count <= limits.maximumBytes ? .success(bytes) : .failure(limits.tooLarge(count))
    }

    private func noFile(_ name: String) -> Problem {
        guard parameters.contains(name) else {
            return Problem(
                .badRequest,
                "The form's field '\(name.prefix(100))' is no file; every part must be an image (`-F image=@photo.jpg`)."
            )
        }
        return Problem(
            .badRequest,
            "The form holds only images; '\(name)' belongs in the URL: …?\(name)=\(name == "label" ? "pug" : "VALUE"), in "
                + "place of `-F \(name)=…`.")
    }

    /// Browsers and curl may send a path; what follows its last separator is the file's name.
    private static func fileName(_ name: String?) -> String? {
        guard let last = name?.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init),
            ImageRoutes.isFileName(last)
        else { return nil }
        return last
    }
}

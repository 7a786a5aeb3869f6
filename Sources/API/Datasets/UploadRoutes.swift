import Domain
import Foundation
import HTTP
import HTTPTypes
import Images
import Jobs
import Storage
import Workers

/// Archives: uploaded, or fetched from a URL. Both are answered before they are ingested, with the job that does it.
struct UploadRoutes: Sendable {
    private let environment: APIEnvironment

    init(_ environment: APIEnvironment) { self.environment = environment }

    func register(_ router: inout Router) {
        router.put("/v1/datasets/{dataset}", bodyLimit: environment.settings.uploadBytes, upload)
        router.post("/v1/datasets/{dataset}/import", bodyLimit: environment.settings.requestBytes, fetch)
    }

    private static let types: Set<String> = [
        "application/octet-stream", "application/zip", "application/x-zip-compressed", "application/x-zip",
        "application/x-tar", "application/tar", "application/gzip", "application/x-gzip", "application/x-gtar",
        "application/x-compressed-tar", "application/x-tgz", "application/zstd", "application/x-zstd",
    ]

    private func upload(_ request: Request) async throws -> Response {
        let name = try request.name("dataset")
        var query = FieldReader(query: request.query)
        let layout = query.choice("labels", as: IngestSpecification.Layout.self) ?? .automatic
        let mode = query.choice("mode", as: IngestSpecification.Mode.self) ?? .replace
        let priority = query.integer("priority", in: -100...100) ?? 0
        try query.finish()
        try checkType(request)
        // Wrong ones are refused before gigabytes are taken.
        _ = try request.idempotencyKey("")
        try await environment.checkRoom(for: request.body.length ?? 0)
        // Before gigabytes are taken for nothing; with a key it may be the same upload again, which is no conflict.
        if request.headers[.idempotencyKey] == nil {
            try await environment.catalog.dataset(name)?.requireNotIngesting()
        }
        let submission = try await withWriter { writer in
            let length = try await receive(request, writer)
            let hold = environment.gate.hold()
            return try await environment.gate.withWriting {
                let digest = try await environment.storagePool.run { _ in
                    let digest = try writer.commit(length: length)
                    // No job may take it: then the sweeper does.
                    hold.add(digest)
                    return digest
                }
                let ingest = IngestSpecification(
                    dataset: name, source: .archive(digest: digest, byteCount: length), layout: layout, mode: mode)
                return try await environment.jobs.submit(
                    ingest, priority: priority,
                    idempotency: try request.idempotencyKey("\(digest) \(layout.rawValue) \(mode.rawValue) \(priority)")
                )
            }
        }
        return try accepted(submission)
    }

    /// Gives a writer, which a worker closes, whatever has come of it.
    private func withWriter<Value>(_ body: (OneTaskWriter) async throws -> Value) async throws -> Value {
        let (blobs, pool) = (environment.blobs, environment.storagePool)
        let writer = try await pool.run { _ in OneTaskWriter(try blobs.makeWriter()) }
        let result: Result<Value, any Error>
        do { result = .success(try await body(writer)) } catch { result = .failure(error) }
        // Also for a client that has gone, with which this task is cancelled.
        await Task { try? await pool.run { _ in writer.close() } }.value
        return try result.get()
    }

    private func checkType(_ request: Request) throws {
        guard let type = request.mediaType else { return }
        guard Self.types.contains(type) else {
            throw Problem(
                .unsupportedMediaType,
                "The body must be a zip, tar, tar.gz or tar.zst; it came as \(type). With curl, send it with `-T photos.zip`."
            )
        }
    }

    /// Everything of the upload, which is no blob yet.
    /// - Returns: its length.
    private func receive(_ request: Request, _ writer: OneTaskWriter) async throws -> Int {
        let pool = environment.storagePool
        var (count, sinceCheck) = (0, 0)
        for try await chunk in request.body {
            if count == 0 { try Self.refuseWhatIsNoArchive(chunk, isWhole: chunk.count == request.body.length) }
            count += chunk.count
            // Of a body without a length nobody knows before.
            sinceCheck += chunk.count
            if request.body.length == nil, sinceCheck >= Self.bytesBetweenChecks {
                try await environment.checkRoom(for: 0)
                sinceCheck = 0
            }
            try await pool.run { _ in try writer.append(chunk) }
        }
        guard count > 0 else {
            throw Problem(.badRequest, "The body is empty; it must be a zip, tar, tar.gz or tar.zst.")
        }
        return count
    }

    private static let bytesBetweenChecks = 8 << 20

    private static func refuseWhatIsNoArchive(_ start: [UInt8], isWhole: Bool) throws {
        if let name = ForeignFile.name(start, isWhole: isWhole) {
            throw Problem(
                .unsupportedMediaType,
                "The body must be a zip, tar, tar.gz or tar.zst; by its first bytes this is \(name).")
        }
        if let format = start.withUnsafeBytes({ ImageFormat.sniff($0) }) {
            throw Problem(
                .unsupportedMediaType,
                "This is a \(format.rawValue) picture and no archive. Single pictures are added with POST to …/images?label=LABEL."
            )
        }
    }

    private func fetch(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        guard environment.settings.importsAreEnabled else {
            throw Problem(.forbidden, "Imports by URL are switched off here (import.enabled).")
        }
        let name = try request.name("dataset")
        var fields = try await FieldReader(json: request)
        let url = fields.require(fields.string("url"), "url")
        let layout = fields.choice("labels", as: IngestSpecification.Layout.self) ?? .automatic
        let mode = fields.choice("mode", as: IngestSpecification.Mode.self) ?? .replace
        let priority = fields.integer("priority", in: -100...100) ?? 0
        if let url, url.utf8.count > 8192 { fields.fail("url", "It must have at most 8192 bytes.") }
        if let url, !url.lowercased().hasPrefix("http://"), !url.lowercased().hasPrefix("https://") {
            fields.fail("url", "It must begin with http:// or https://.")
        }
        try fields.finish()
        guard let url else { return Response(status: .badRequest) }  // `finish` has thrown
        try await environment.checkRoom(for: 0)
        let ingest = IngestSpecification(dataset: name, source: .url(url), layout: layout, mode: mode)
        let submission = try await environment.jobs.submit(
            ingest, priority: priority,
            idempotency: try request.idempotencyKey("\(url) \(layout.rawValue) \(mode.rawValue) \(priority)"))
        return try accepted(submission)
    }

    private func accepted(_ submission: Submission) throws -> Response {
        var response = try JSONResponse.make(JobDocument(submission.job), status: .accepted)
        response.headers[.location] = "/v1/jobs/\(submission.job.id)"
        if submission.isReplay { response.headers[.idempotentReplayed] = "true" }
        return response
    }
}

/// `@unchecked Sendable`: one task uses it, one call after the other, on whatever thread.
private final class OneTaskWriter: @unchecked Sendable {
    private var writer: (any BlobWriter)?

    init(_ writer: any BlobWriter) { self.writer = writer }

    func append(_ chunk: [UInt8]) throws { try chunk.withUnsafeBytes { try open.append($0) } }

    func commit(length: Int) throws -> PhotoDigest { try open.commit(length: length) }

    /// Removes what is no blob yet; of gigabytes that takes a while, and blocks.
    func close() { writer = nil }

    private var open: any BlobWriter {
        guard let writer else { preconditionFailure("nothing is written once it is closed") }
        return writer
    }
}

import HTTPTypes
import Workers

/// Compresses responses by gzip where the client takes it and it pays: text and the like, of 1 KiB or more and of known length.
///
/// A compressed response is another representation, so its `ETag` gets a suffix, which is taken off again when it comes
/// back in a condition. Parts of files are never compressed.
public struct CompressionMiddleware: Middleware {
    private let minimumSize: Int
    private static let suffix = "-gzip\""

    /// - Parameter minimumSize: bytes below which the response is sent as it is.
    public init(minimumSize: Int = 1024) { self.minimumSize = minimumSize }

    public func handle(_ request: Request, next: Handler) async throws -> Response {
        var response = try await next(withoutSuffix(request))
        // What is never compressed needs no more thought.
        switch response.body {
        case .none: return response
        case .bytes(let bytes) where bytes.count < minimumSize: return response
        case .stream(let length, _) where length ?? 0 < minimumSize: return response  // nor what may be live
        case .bytes, .stream: break
        }
        guard let type = response.headers[.contentType], MediaType.isCompressible(type) else { return response }
        // What is sent depends on what was asked, also where it is not compressed this time.
        response.headers.append(HTTPField(name: .vary, value: "Accept-Encoding"))
        guard request.headers[.range] == nil, response.status != .partialContent,
            response.headers[.contentEncoding] == nil, Self.accepts(request.headers[.acceptEncoding])
        else { return response }
        switch response.body {
        case .none: return response
        case .bytes(let bytes):
            // A long one would keep the other connections of its loop waiting.
            let compressed =
                bytes.count < 16 << 10
                ? GzipCompressor().compress(bytes, isLast: true)
                : try await FileWorkers.pool.run { _ in GzipCompressor().compress(bytes, isLast: true) }
            response.body = .bytes(compressed)
        case .stream(_, let produce):
            response.body = .stream { writer in
                let compressor = GzipCompressor()
                try await produce(writer.compressing(by: compressor))
                try await writer.write(compressor.compress([], isLast: true))
            }
        }
        response.headers[.contentEncoding] = "gzip"
        response.headers[.acceptRanges] = nil
        if let tag = response.headers[.eTag], tag.hasSuffix("\"") {
            response.headers[.eTag] = tag.dropLast() + Self.suffix
        }
        return response
    }

    private func withoutSuffix(_ request: Request) -> Request {
        var fields = request.headers
        guard fields.contains(where: { $0.name == .ifNoneMatch || $0.name == .ifMatch }) else { return request }
        for name in [HTTPField.Name.ifNoneMatch, .ifMatch] {
            fields[name] = fields[name]?.replacing(Self.suffix, with: "\"")
        }
        var request = request
        request.head.headerFields = fields
        return request
    }

    /// Whether `Accept-Encoding` (RFC 9110, 12.5.3) takes gzip.
    static func accepts(_ field: String?) -> Bool {
        var weights: [String: Double] = [:]
        for item in (field ?? "").split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.trimmingBlanks.lowercased() }
            guard let coding = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
            weights[coding] = weight ?? 1
        }
        return (weights["gzip"] ?? weights["x-gzip"] ?? weights["*"] ?? 0) > 0
    }
}

extension ResponseWriter {
    /// One whose bytes are compressed on their way. One task writes.
    fileprivate func compressing(by compressor: GzipCompressor) -> ResponseWriter {
        ResponseWriter { bytes in
            // Milliseconds for a large piece, which the other connections of the loop should not wait for.
            let compressed = try await FileWorkers.pool.run { _ in compressor.compress(bytes, isLast: false) }
            if !compressed.isEmpty { try await write(compressed) }
        }
    }
}

import Glibc
import HTTPTypes
import Workers

extension Response {
    /// A file, with what caches and interrupted downloads need: a strong `ETag`, `Last-Modified`, conditional requests (RFC
    /// 9110, 13) and single ranges (14).
    /// - Parameters:
    ///   - path: not from a client, unless from `RequestTarget.segments`.
    ///   - contentType: by default from the path's extension.
    ///   - entityTag: of content that has a digest; without quotes. By default from the file's number, size and time.
    ///   - cacheControl: the field of that name.
    /// - Throws: `Problem` (404) where there is no such regular file.
    public static func file(
        _ path: String, for request: Request, contentType: String? = nil, entityTag: String? = nil,
        cacheControl: String? = nil
    ) async throws -> Response {
        guard let file = try await FileWorkers.pool.run({ _ in OpenFile(path) }) else {
            throw Problem(.notFound, "There is nothing at \(request.target.rawPath).")
        }
        let tag = "\"\(entityTag ?? file.tag)\""
        var response = Response()
        response.headers[.eTag] = tag
        response.headers[.lastModified] = HTTPDate.format(file.modified)
        response.headers[.acceptRanges] = "bytes"
        response.headers[.cacheControl] = cacheControl
        if let problem = failedPrecondition(request.headers, tag, file.modified) { throw problem }
        if isUnchanged(request.headers, tag, file.modified) {
            response.status = .notModified
            return response
        }
        response.headers[.contentType] = contentType ?? MediaType.of(path: path)
        var range = 0..<file.size
        if request.method == .get, isRangeFor(request.headers, tag, file.modified) {
            switch ByteRange(request.headers[.range], length: file.size) {
            case .whole: break
            case .part(let part):
                range = part
                response.status = .partialContent
                response.headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(file.size)"
            case .unsatisfiable:
                var problem = Problem(.rangeNotSatisfiable, "The file has \(file.size) bytes.")
                problem.headers[.contentRange] = "bytes */\(file.size)"
                throw problem
            }
        }
        response.body = .stream(length: range.count) { [range] writer in
            var position = range.lowerBound
            while position < range.upperBound {
                let wanted = min(OpenFile.pieceSize, range.upperBound - position)
                let piece = try await FileWorkers.pool.run { [position] _ in try file.read(wanted, at: position) }
                position += piece.count
                try await writer.write(piece)
            }
        }
        return response
    }

    /// `If-Match`, or without it `If-Unmodified-Since` (RFC 9110, 13.2.2).
    private static func failedPrecondition(_ headers: HTTPFields, _ tag: String, _ modified: Int) -> Problem? {
        let holds: Bool
        if let tags = headers[.ifMatch] {
            holds = EntityTag.isNamed(tag, in: tags, strongly: true)
        } else if let since = headers[.ifUnmodifiedSince].flatMap(HTTPDate.parse) {
            holds = modified <= since
        } else {
            return nil
        }
        return holds ? nil : Problem(.preconditionFailed, "The file is another than the one that was asked for.")
    }

    private static func isUnchanged(_ headers: HTTPFields, _ tag: String, _ modified: Int) -> Bool {
        if let tags = headers[.ifNoneMatch] { return EntityTag.isNamed(tag, in: tags, strongly: false) }
        guard let since = headers[.ifModifiedSince].flatMap(HTTPDate.parse) else { return false }
        return modified <= since
    }

    /// `If-Range`: a part is of use only of the same content. Compared strongly.
    private static func isRangeFor(_ headers: HTTPFields, _ tag: String, _ modified: Int) -> Bool {
        guard let condition = headers[.ifRange] else { return true }
        return condition.contains("\"") ? condition == tag : HTTPDate.parse(condition) == modified
    }
}

/// A regular file, open for reading at any place from any thread.
private final class OpenFile: Sendable {
    static let pieceSize = 128 << 10

    let size: Int
    /// Seconds since 1970.
    let modified: Int
    let tag: String
    private let descriptor: Int32

    init?(_ path: String) {
        // Not waiting for whoever writes to a pipe.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        size = Int(information.st_size)
        modified = information.st_mtim.tv_sec
        tag = [Int(information.st_ino), size, modified, information.st_mtim.tv_nsec]
            .map { String($0, radix: 36) }.joined(separator: "-")
    }

    deinit { close(descriptor) }

    /// - Throws: `SocketError`, also when the file has become shorter.
    func read(_ count: Int, at position: Int) throws -> [UInt8] {
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, pread(descriptor, buffer.baseAddress, count, position))
        }
        guard !bytes.isEmpty else { throw SocketError.last("A file could not be read to its end") }
        return bytes
    }
}

/// Types of the files that a web server has.
enum MediaType {
    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "mjs": "text/javascript; charset=utf-8", "json": "application/json", "txt": "text/plain; charset=utf-8",
        "csv": "text/csv; charset=utf-8", "md": "text/markdown; charset=utf-8", "xml": "application/xml",
        "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
        "webp": "image/webp", "avif": "image/avif", "ico": "image/x-icon", "woff2": "font/woff2",
        "wasm": "application/wasm", "pdf": "application/pdf", "zip": "application/zip", "gz": "application/gzip",
    ]

    static func of(path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: ".") else { return "application/octet-stream" }
        return types[name[name.index(after: dot)...].lowercased()] ?? "application/octet-stream"
    }

    /// Whether compressing is worth the time.
    static func isCompressible(_ type: String) -> Bool {
        let kind = type.prefix { $0 != ";" }.trimmingBlanks.lowercased()
        if kind == "text/event-stream" { return false }  // would wait in the compressor's buffer
        return kind.hasPrefix("text/") || kind.hasSuffix("+json") || kind.hasSuffix("+xml")
            || ["application/json", "application/xml", "application/wasm", "application/javascript"].contains(kind)
    }
}

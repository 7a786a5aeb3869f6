public import HTTPTypes

extension Response {
    /// Content that is in memory, with what caches need: a strong `ETag`, and 304 to who has it already (RFC 9110, 13.1.2).
    /// - Parameters:
    ///   - entityTag: another for every other content; without quotes.
    ///   - headers: further fields, also those of the answer 304.
    public static func content(
        _ bytes: [UInt8], for request: Request, contentType: String, entityTag: String, headers: HTTPFields = [:]
    ) -> Response {
        var response = Response(headers: headers)
        let tag = "\"\(entityTag)\""
        response.headers[.eTag] = tag
        if let tags = request.headers[.ifNoneMatch], EntityTag.isNamed(tag, in: tags, strongly: false) {
            response.status = .notModified
            return response
        }
        response.headers[.contentType] = contentType
        response.body = .bytes(bytes)
        return response
    }
}

import CCurl

/// libcurl's parsed URL, the one owner of its handle. Not Sendable: used on one thread.
final class URLParts {
    let handle: OpaquePointer

    /// - Parameter handle: from `curl_url` or `curl_url_dup`, which give none where there is no memory; taken over.
    init(_ handle: OpaquePointer?) throws {
        guard let handle else { throw FetchError(.invalidURL, "There is no memory for a URL. Try again later.") }
        self.handle = handle
    }

    deinit { curl_url_cleanup(handle) }

    func copy() throws -> URLParts { try URLParts(curl_url_dup(handle)) }

    /// Nil for a part that the URL does not have.
    subscript(_ part: CURLUPart) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &value, 0) == CURLUE_OK, let value else { return nil }
        defer { curl_free(value) }
        return String(cString: value)
    }

    /// Takes a part away.
    func remove(_ part: CURLUPart) { curl_url_set(handle, part, nil, 0) }
}

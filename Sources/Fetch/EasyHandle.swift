import CCurl

/// libcurl's handle of one transfer after another, the one owner of it.
///
/// Not Sendable: "You must never share the same handle in multiple threads" (libcurl-thread(3)).
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private var fields: UnsafeMutablePointer<curl_slist>?

    /// Once a process; `curl_global_init` is thread-safe by itself only since 7.84, and a static is in all versions.
    private static let libraryCode = regraft_curl_start_library()

    init() throws {
        try Self.check(Self.libraryCode)
        guard let pointer = curl_easy_init() else { throw Self.failure(CURLE_OUT_OF_MEMORY) }
        self.pointer = pointer
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(fields)
    }

    func set(_ option: CURLoption, _ value: Int) throws {
        try Self.check(regraft_curl_set_long(pointer, option, value))
    }

    /// For options whose name ends in `_LARGE`.
    func set(_ option: CURLoption, large value: Int) throws {
        try Self.check(regraft_curl_set_offset(pointer, option, curl_off_t(value)))
    }

    func set(_ option: CURLoption, _ value: String) throws {
        try Self.check(regraft_curl_set_string(pointer, option, value))
    }

    /// - Parameter url: must live until the transfer is over.
    func set(_ url: URLParts) throws { try Self.check(regraft_curl_set_url(pointer, url.handle)) }

    /// Adds a field to the request.
    func add(field: String) throws {
        guard let longer = curl_slist_append(fields, field) else { throw Self.failure(CURLE_OUT_OF_MEMORY) }
        fields = longer
        try Self.check(regraft_curl_set_fields(pointer, fields))
    }

    func get(_ info: CURLINFO) -> Int {
        var value = 0
        return regraft_curl_get_long(pointer, info, &value) == CURLE_OK ? value : 0
    }

    /// For values whose name ends in `_T`.
    func get(large info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        return regraft_curl_get_offset(pointer, info, &value) == CURLE_OK ? Int(value) : 0
    }

    func get(_ info: CURLINFO) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard regraft_curl_get_string(pointer, info, &value) == CURLE_OK, let value else { return nil }
        return String(cString: value)
    }

    /// Setting up; what a transfer ends with is for `Transfer` to explain.
    static func check(_ code: CURLcode) throws { if code != CURLE_OK { throw failure(code) } }

    private static func failure(_ code: CURLcode) -> FetchError {
        FetchError(
            .connectionFailed,
            "Nothing can be imported by URL: libcurl is not usable (\(String(cString: curl_easy_strerror(code)))).")
    }
}

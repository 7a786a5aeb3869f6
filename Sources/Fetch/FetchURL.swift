import CCurl

/// A URL that may be fetched, so far as that can be told from the URL: http or https, and no user or password.
///
/// It is libcurl's own parser that reads it, and the parts it finds are what libcurl connects to: with two parsers, a URL
/// could have one host for the rules and another for the connection.
package struct FetchURL {
    let parts: URLParts
    /// As in the URL, with an IPv6 address in its brackets.
    package let host: String
    package let isSecure: Bool

    /// Longer ones are no file's address.
    private static let maximumLength = 8192

    /// - Throws: `FetchError`, `invalid_url`.
    package init(_ text: String) throws { try self.init(setting: URLParts(curl_url()), to: text, flags: 0) }

    /// The URL that a `Location` in this one's response means (RFC 9110, 10.2.2).
    /// - Throws: as `init`.
    package func resolving(_ location: String) throws -> FetchURL {
        // Servers send letters and spaces that belong encoded.
        try FetchURL(setting: parts.copy(), to: location, flags: CURLU_URLENCODE)
    }

    private init(setting parts: URLParts, to text: String, flags: Int32) throws {
        guard text.utf8.count <= Self.maximumLength else {
            throw FetchError(.invalidURL, "The URL is longer than \(Self.maximumLength) bytes. Give a shorter one.")
        }
        // For libcurl a NUL would be its end.
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw FetchError(.invalidURL, "The URL has control characters in it. Remove them.")
        }
        let code = curl_url_set(parts.handle, CURLUPART_URL, text, UInt32(flags | CURLU_DISALLOW_USER))
        switch code {
        case CURLUE_OK: break
        case CURLUE_USER_NOT_ALLOWED:
            throw FetchError(.invalidURL, "The URL has a user or password in it, which is not sent. Remove it.")
        case CURLUE_UNSUPPORTED_SCHEME: throw Self.wrongScheme
        default:
            throw FetchError(
                .invalidURL, "This is not a URL: \(String(cString: curl_url_strerror(code))). \(Self.example)")
        }
        // A Windows build of libcurl aside, a file's URL is the one kind without a host.
        guard let scheme = parts[CURLUPART_SCHEME], ["http", "https"].contains(scheme) else { throw Self.wrongScheme }
        guard let host = parts[CURLUPART_HOST], !host.isEmpty else {
            throw FetchError(.invalidURL, "The URL has no host. \(Self.example)")
        }
        self.parts = parts
        self.host = host
        isSecure = scheme == "https"
    }

    private static let wrongScheme = FetchError(.invalidURL, "Only http and https URLs can be imported.")
    private static let example = "Give a whole one, as https://example.org/photos.zip."

    /// With its query, without its fragment.
    package var text: String { text(without: CURLUPART_FRAGMENT) }

    /// Without its query, which may hold a secret.
    package var textToShow: String {
        let text = text(without: CURLUPART_FRAGMENT, CURLUPART_QUERY)
        return text.count > 200 ? "\(text.prefix(200))…" : text
    }

    private func text(without removed: CURLUPart...) -> String {
        guard let copy = try? parts.copy() else { return "" }
        for part in removed { copy.remove(part) }
        return copy[CURLUPART_URL] ?? ""
    }
}

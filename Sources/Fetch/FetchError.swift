/// Why a file could not be imported. `message` is a sentence that names what was wrong and what to do; it names the host,
/// and neither the address behind it nor the query of a URL, which may hold a secret.
public struct FetchError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, Codable {
        /// No URL, or not one of http or https, or one with a password.
        case invalidURL = "invalid_url"
        /// The host is not a public one.
        case addressRefused = "address_refused"
        /// The server answered with a redirect that is not followed.
        case redirectRefused = "redirect_refused"
        case tooLarge = "too_large"
        case tooSlow = "too_slow"
        case timedOut = "timed_out"
        /// Status 404 or 410.
        case notFound = "not_found"
        /// Any other status that is not 200.
        case badStatus = "bad_status"
        /// The host is unknown, does not answer, or answers with something other than HTTP.
        case connectionFailed = "connection_failed"
        /// The connection ended before the file did.
        case incomplete
        /// No TLS, or a certificate that is not the host's.
        case tlsFailed = "tls_failed"
    }

    public let code: Code
    public let message: String
    /// The server's, where that was the reason.
    public let status: Int?

    init(_ code: Code, _ message: String, status: Int? = nil) {
        self.code = code
        self.message = message
        self.status = status
    }

    public var description: String { message }
}

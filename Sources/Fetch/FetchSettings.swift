/// What an import by URL may reach and how much of it, the same for every URL.
public struct FetchSettings: Sendable {
    /// Addresses that are reached although they are not public: `127.0.0.1`, `10.20.0.0/16`.
    public var allowedAddresses: [AddressBlock] = []
    /// How many redirects are followed, each judged as the URL itself is; with 0 a redirect is an error.
    public var maximumRedirects = 0
    /// Bytes of a file.
    public var maximumBytes = 10_000_000_000
    /// Bytes of a response's header, with those of 1xx responses and trailers.
    public var maximumHeaderBytes = 64 << 10
    /// Looking up the name, connecting and agreeing on TLS, for each redirect anew.
    public var connectTimeout = Duration.seconds(10)
    /// Everything, redirects included.
    public var totalTimeout = Duration.seconds(3600)
    /// Bytes a second that `lowSpeedPeriod` may not average less than; 0 lets a server take its time.
    public var lowSpeedLimit = 1024
    public var lowSpeedPeriod = Duration.seconds(30)
    /// A PEM file of the authorities that certificates are verified against; nil means the system's.
    public var certificateAuthorities: String?
    public var userAgent = "regraft"

    public init() {}
}

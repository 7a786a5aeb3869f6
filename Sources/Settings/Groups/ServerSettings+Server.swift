extension ServerSettings {
    /// Where the server listens, and whom it lets in.
    public struct Server: Sendable, Equatable {
        /// An IP address, or `localhost`.
        public var host = "127.0.0.1"
        /// 0 lets the system choose.
        public var port = 8080
        /// The path of a Unix socket to listen on instead of host and port; empty for none.
        public var unixSocket = ""
        /// Whether other machines may come in without an API key: see `checkAccess()`.
        public var allowOpenAccess = false
        /// Addresses and CIDR ranges whose `X-Forwarded-For` is believed.
        public var trustedProxies: [String] = []
        /// Whether whoever connects to the Unix socket is such a proxy.
        public var trustUnixSocket = true
        /// Origins whose pages may call the API from a browser; `*` for all.
        public var corsOrigins: [String] = []
        /// Names by which a proxy before it is reached, without ports.
        public var allowedHosts: [String] = []
        /// Threads that serve connections; 0 for as many as there are cores.
        public var eventLoops = 0
    }
}

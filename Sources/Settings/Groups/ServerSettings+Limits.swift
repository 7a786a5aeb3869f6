extension ServerSettings {
    /// What a client may cost.
    public struct Limits: Sendable, Equatable {
        /// Connections at a time; one more gets 503.
        public var connections = 512
        /// Connections at a time of one address (of one /64 network with IPv6); one more gets 429.
        public var connectionsPerPeer = 32
        /// Connections that the system keeps until they are accepted.
        public var backlog = 1024
        /// Bytes; a longer request line gets 414.
        public var requestLine = 8 << 10
        /// Bytes of all header lines; more get 431.
        public var headerBytes = 32 << 10
        /// Header lines; more get 431.
        public var headerCount = 100
        /// Bytes of the line before a chunk of a body; a longer one gets 400.
        public var chunkLine = 256
        /// Bytes of the body of a call that has no limit of its own; a longer one gets 413.
        public var requestBody = 1 << 20
        /// Bytes of an uploaded archive, or of a form of photos for a dataset; a longer one gets 413.
        public var uploadBytes = 50_000_000_000
        /// Bytes of a model's file that is imported; a longer one gets 413.
        public var bundleBytes = 64 << 20
        /// Bytes of the body of a request to classify; a longer one gets 413.
        public var classifyBody = 64 << 20
        /// Bytes of all bodies together that are held in memory; one more gets 503.
        public var bodiesInMemory = 256 << 20
        /// Images in one request to classify.
        public var classifyImages = 64
        /// Bytes of an image's file.
        public var imageBytes = 64 << 20
        /// Width × height of an image.
        public var imagePixels = 50_000_000
        /// Bytes of a body nobody read that are taken in to keep the connection.
        public var drainedBody = 256 << 10
    }
}

extension ServerSettings {
    /// How long a client may keep the server waiting.
    public struct Deadlines: Sendable, Equatable {
        /// From a request's first byte to the end of its header; then 408.
        public var header = Duration.seconds(10)
        /// From a response to the next request; then the connection is closed.
        public var idle = Duration.seconds(60)
        /// How long a body may come as slowly as it likes, …
        public var bodyGrace = Duration.seconds(10)
        /// … and the bytes a second that it must then have come at on average; else 408.
        public var minimumBodyRate = 1 << 10
        /// Without the client taking a byte of a response; then the connection is closed.
        public var writeStall = Duration.seconds(30)
        /// How long the rest of a refused request is thrown away, so that the client can read the answer.
        public var linger = Duration.seconds(2)
        /// From the signal to stop until the requests that still run are cancelled.
        public var drain = Duration.seconds(30)
    }
}

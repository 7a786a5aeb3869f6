extension ServerSettings {
    public struct Log: Sendable, Equatable {
        /// As in swift-log.
        public enum Level: String, Sendable, CaseIterable { case trace, debug, info, notice, warning, error, critical }
        public enum Format: String, Sendable, CaseIterable { case json, text }

        /// Less severe messages are left out.
        public var level = Level.info
        /// One JSON object a line, or words.
        public var format = Format.json
        /// Whether each request has a line.
        public var accessLog = true
    }
}

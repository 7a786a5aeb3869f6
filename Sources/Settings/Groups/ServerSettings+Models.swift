public import Domain

extension ServerSettings {
    public struct Classify: Sendable, Equatable {
        /// Threads; 0 for one more than there are cores.
        public var workers = 0
        /// Images that are being classified or wait for it; while there are so many, requests get 503.
        public var queue = 64
        /// From a request's end to when an image is begun; then 503.
        public var deadline = Duration.seconds(10)
        /// Predictions in an answer where the request does not say.
        public var topK = 5
        /// Bytes of training photos' vectors that are kept to compare pictures with.
        public var neighborMemory = 256 << 20
    }

    public struct Models: Sendable, Equatable {
        /// What a finished training does to the alias of the model that is served.
        public var promotion = PromotionPolicy.latest
        /// A training for one more is refused.
        public var maximum = 10_000
        /// Versions without an alias that are kept in memory once a request has named them.
        public var cachedVersions = 64
    }
}

extension ServerSettings {
    /// What an uploaded or imported archive may hold.
    public struct Archives: Sendable, Equatable {
        /// Files and folders.
        public var entries = 2_000_000
        /// Bytes of an entry's path.
        public var pathBytes = 1 << 10
        /// Bytes unpacked for each byte of the archive.
        public var expansionRatio = 100
        /// Bytes unpacked.
        public var totalBytes = 200_000_000_000
    }

    /// Datasets fetched from a URL.
    public struct Imports: Sendable, Equatable {
        public var enabled = true
        /// Private addresses and CIDR ranges that a URL may lead to all the same.
        public var allowedAddresses: [String] = []
        public var maximumRedirects = 0
        public var maximumBytes = 10_000_000_000
        /// For the whole transfer.
        public var timeout = Duration.seconds(3600)
    }
}

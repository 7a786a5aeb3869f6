extension ServerSettings {
    /// Where datasets, models and the catalog are kept.
    public struct DataFolder: Sendable, Equatable {
        /// Made where it is missing. Relative to the working directory.
        public var directory = "data"
        /// With less room left on its file system, uploads get 507.
        public var minimumFreeBytes = 200 << 20
    }

    public struct Backbones: Sendable, Equatable {
        /// A folder with descriptors and networks of one's own, asked before those of Regraft; empty for none.
        public var directory = ""
    }
}

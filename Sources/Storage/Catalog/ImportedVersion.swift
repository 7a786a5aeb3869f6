public import Domain

/// What came of importing a model.
public struct ImportedVersion: Sendable, Equatable {
    public let version: ModelVersion
    /// The alias that was moved to it; nil where none was.
    public let alias: ModelAlias?
    /// Whether the same request was made before, and this is what came of it.
    public let isReplay: Bool

    init(version: ModelVersion, alias: ModelAlias?, isReplay: Bool = false) {
        self.version = version
        self.alias = alias
        self.isReplay = isReplay
    }
}

public import Domain

/// What came of adding photos to a dataset.
public struct AddedImages: Sendable, Equatable {
    public let version: DatasetVersion
    /// One for each photo that was brought, also for those that were there before.
    public let images: [DatasetImage]
    /// Whether the same request was made before, and this is what came of it.
    public let isReplay: Bool

    init(version: DatasetVersion, images: [DatasetImage], isReplay: Bool = false) {
        self.version = version
        self.images = images
        self.isReplay = isReplay
    }
}

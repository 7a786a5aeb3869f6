public import Domain
public import Foundation

/// A photo that has not been read yet.
public struct PhotoSource: Sendable {
    /// What people call it, in messages: a path or an upload's name.
    public let name: String
    /// Of the file, where that is known: what is in the cache is then not read again.
    public let digest: PhotoDigest?
    /// Reads the whole file. Called by a worker, which may block.
    public let load: @Sendable () throws(ImageError) -> Data

    public init(
        name: String, digest: PhotoDigest? = nil, load: @escaping @Sendable () throws(ImageError) -> Data
    ) {
        self.name = name
        self.digest = digest
        self.load = load
    }
}

/// What a photo has become.
public struct ExtractedPhoto: Sendable {
    public let digest: PhotoDigest
    /// One for each view asked for, in that order.
    public let bottlenecks: [Bottleneck]
}

/// How far an extraction is. A photo counts as done also when it could not be used.
public struct ExtractionProgress: Sendable, Equatable {
    public var done = 0
    public let total: Int
    /// Bottlenecks that the backbone was run for, rather than found in the cache.
    public var computed = 0
    public var refused = 0

    public init(total: Int) { self.total = total }
}

/// What an extraction returns.
public struct Extraction: Sendable {
    /// In the order of the sources.
    public let photos: [Result<ExtractedPhoto, ImageError>]
    public let progress: ExtractionProgress
    /// Why the cache could not be used from some moment on; the bottlenecks were computed all the same.
    public let cacheFailure: (any Error)?
}

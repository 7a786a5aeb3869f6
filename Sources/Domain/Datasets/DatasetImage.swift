/// A photo in a dataset. Its bytes are the blob `digest`, which other photos and datasets may share.
public struct DatasetImage: Sendable, Equatable {
    /// Unique in the catalog; stays the same when the photo is relabelled.
    public let id: Int64
    public let digest: PhotoDigest
    public let label: Label
    /// `label/file name`; what the split goes by.
    public let path: String
    public let byteCount: Int
    /// The version it came with, or got its label in.
    public let version: Int
    /// What the last training used it for.
    public let split: Split?

    /// What of `path` is the photo's own.
    public var fileName: String { String(decoding: path.utf8.dropFirst(label.text.utf8.count + 1), as: UTF8.self) }

    public init(
        id: Int64, digest: PhotoDigest, label: Label, path: String, byteCount: Int, version: Int, split: Split?
    ) {
        self.id = id
        self.digest = digest
        self.label = label
        self.path = path
        self.byteCount = byteCount
        self.version = version
        self.split = split
    }

    /// The same as it was used by some training.
    public func used(for split: Split?) -> DatasetImage {
        DatasetImage(
            id: id, digest: digest, label: label, path: path, byteCount: byteCount, version: version, split: split)
    }
}

/// A photo whose blob is stored and which no dataset holds yet.
public struct NewImage: Sendable, Equatable {
    public let digest: PhotoDigest
    public let label: Label
    public let fileName: String
    public let byteCount: Int

    public init(digest: PhotoDigest, label: Label, fileName: String, byteCount: Int) {
        self.digest = digest
        self.label = label
        self.fileName = fileName
        self.byteCount = byteCount
    }

    public var path: String { "\(label.text)/\(fileName)" }
}

/// A file that was offered and could not be used.
public struct RefusedFile: Sendable, Equatable, Codable {
    public let path: String
    /// Stable, for programs.
    public let code: String
    /// One sentence without the file's name.
    public let reason: String

    public init(path: String, code: String, reason: String) {
        self.path = path
        self.code = code
        self.reason = reason
    }
}

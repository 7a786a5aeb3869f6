public import Domain
public import Training

/// What deserves a look among photos, or a page of it, as it is sent and written: JSON, snake_case. Of a folder there are paths in
/// place of ids; what there is nothing of is null.
public struct AnalysisDocument: Sendable, Codable, Equatable {
    /// Null of a folder, as the version.
    @Explicit public var dataset: String?
    @Explicit public var version: Int?
    public var backbone: String
    public var fit: FitMode
    /// Photos that were looked at.
    public var images: Int
    /// Of all pages and kinds.
    public var counts: Counts
    /// What a person should know of the analysis itself.
    public var notes: [String]
    /// Photos that cannot be used at all.
    public var refused: [RefusedFile]
    public var findings: [Entry]
    @Explicit public var nextCursor: String?

    public struct Counts: Sendable, Codable, Equatable {
        public var labelError: Int
        /// Of them, those that pass the test of confident learning.
        public var likelyLabelError: Int
        public var duplicate: Int
        public var outlier: Int

        init(_ findings: [PhotoFinding]) {
            labelError = findings.count { $0.kind == .labelError }
            likelyLabelError = findings.count { $0.kind == .labelError && $0.isLikely }
            duplicate = findings.count { $0.kind == .duplicate }
            outlier = findings.count { $0.kind == .outlier }
        }
    }

    public struct Entry: Sendable, Codable, Equatable {
        public var kind: PhotoFinding.Kind
        public var score: Double
        public var likely: Bool
        public var reason: String
        public var suggestion: Suggestion
        public var images: [Photo]
    }

    public struct Suggestion: Sendable, Codable, Equatable {
        public enum Action: String, Sendable, Codable { case relabel, delete, look }

        public var action: Action
        /// Of a relabelling.
        @Explicit public var label: String?
        /// Those that it is meant for.
        public var images: [Name]
    }

    public struct Photo: Sendable, Codable, Equatable {
        /// Null of a folder.
        @Explicit public var image: Int64?
        public var label: String
        public var path: String
        @Explicit public var split: Split?
        /// Of its label, by a head that has not seen it; null where there is none.
        @Explicit public var probability: Double?
        /// The most probable labels, by the same head.
        public var predictions: [Prediction]
    }

    public struct Prediction: Sendable, Codable, Equatable {
        public var label: String
        public var probability: Double
    }

    /// What a photo is known by.
    public enum Name: Sendable, Codable, Equatable {
        case id(Int64)
        case path(String)

        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let id = try? container.decode(Int64.self) {
                self = .id(id)
            } else {
                self = .path(try container.decode(String.self))
            }
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .id(let id): try container.encode(id)
            case .path(let path): try container.encode(path)
            }
        }
    }
}

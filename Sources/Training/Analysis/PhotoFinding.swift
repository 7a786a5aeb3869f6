/// Something about a dataset's photos that a person should look at.
public struct PhotoFinding: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable, Codable {
        /// The photo looks like another class than the one it is filed under.
        case labelError = "label_error"
        /// Photos that are the same, byte for byte or to the eye.
        case duplicate
        /// The photo looks like no class, or there is nothing in it.
        case outlier
    }

    public enum Action: Sendable, Equatable {
        /// To the label of this index.
        case relabel(to: Int)
        case delete
        /// Only somebody who sees the photos can tell.
        case look
    }

    public let kind: Kind
    /// Positions of the photos that it is about.
    public let photos: [Int]
    /// Those of them that the action is for.
    public let subjects: [Int]
    public let action: Action
    /// The higher, the surer. Of a label error: 1 less the probability of its label. Of duplicates: their smallest cosine, 1 where
    /// they are equal byte for byte. Of an outlier: its robust z-score, without a bound; of a picture with nothing in it, 0.
    public let score: Double
    /// Whether it passes the test of its kind, and is more than the next in a list.
    public let isLikely: Bool
    /// In a sentence.
    public let reason: String

    /// The same without advice.
    var onlyToLookAt: PhotoFinding {
        PhotoFinding(
            kind: kind, photos: photos, subjects: subjects, action: .look, score: score, isLikely: false, reason: reason
        )
    }
}

/// What a head that had not seen a photo says of it.
public struct Opinion: Sendable, Equatable {
    /// Of the label it has: 0…1, calibrated.
    public let given: Float
    /// The most probable labels, the best first: at most `Opinion.bestCount`.
    public let best: [(label: Int, probability: Float)]

    public static let bestCount = 3

    public static func == (left: Opinion, right: Opinion) -> Bool {
        left.given == right.given && left.best.elementsEqual(right.best, by: ==)
    }

    /// - Parameter row: of all labels.
    init(_ row: ArraySlice<Float>, given: Int) {
        self.given = row[row.startIndex + given]
        var best: [(label: Int, probability: Float)] = []
        // Of thousands of labels a few are wanted, of every photo.
        for (label, probability) in row.enumerated() {
            if best.count == Self.bestCount, let last = best.last, probability <= last.probability { continue }
            best.insert(
                (label, probability), at: best.firstIndex { $0.probability < probability } ?? best.endIndex)
            if best.count > Self.bestCount { best.removeLast() }
        }
        self.best = best
    }
}

package import Domain
import Training

/// Two versions on the same photos, which neither was trained on: as it is sent, JSON, snake_case.
public struct VersionComparison: Sendable, Codable, Equatable {
    /// Changed photos that are listed.
    public static let changeLimit = 1_000

    public struct Side: Sendable, Codable, Equatable {
        public var model: String
        /// Null while it has none yet.
        @Explicit public var version: Int?
        /// On the photos of the comparison; null where there are none.
        @Explicit public var accuracy: Double?
        /// 95 %, by Wilson's score.
        @Explicit public var accuracyInterval: [Double]?
    }

    public struct ClassChange: Sendable, Codable, Equatable {
        public var label: String
        public var images: Int
        /// Photos of it that each is right about.
        public var a: Int
        public var b: Int
    }

    public struct Change: Sendable, Codable, Equatable {
        public var image: Int64
        public var dataset: String
        public var label: String
        /// What the first says of it.
        public var before: String
        /// What the second says.
        public var after: String
    }

    public struct Test: Sendable, Codable, Equatable {
        /// Photos that only the first is right about.
        public var onlyA: Int
        public var onlyB: Int
        /// McNemar's exact test: how likely so large a difference is between two that are equally good.
        public var pValue: Double
    }

    public var a: Side
    public var b: Side
    /// Photos that both were asked about.
    public var images: Int
    /// Of these, those that both had in their test split; the others are new to one of them.
    public var imagesTestedByBoth: Int
    /// Test photos of one that the other was trained on, or chosen by; within one dataset also those that the newer version of it
    /// no longer has; and those with a label that one of the two does not know.
    public var imagesLeftOut: Int
    /// Test photos that could not be read.
    public var imagesUnusable: Int
    public var mcnemar: Test
    /// In one sentence.
    public var conclusion: String
    /// Those with a difference: what got worse first.
    public var classes: [ClassChange]
    /// Photos that the two answer differently; those that got worse first; at most `changeLimit`.
    public var changed: [Change]
    public var changedImages: Int

    /// A photo, and what each says of it.
    package struct Photo: Sendable {
        package let image: Int64
        package let dataset: String
        package let label: String
        package let first: String
        package let second: String

        package init(image: Int64, dataset: String, label: String, first: String, second: String) {
            (self.image, self.dataset, self.label) = (image, dataset, label)
            (self.first, self.second) = (first, second)
        }

        fileprivate var isRight: (first: Bool, second: Bool) { (first == label, second == label) }
        /// −1: it got worse; 1: better; 0: wrong before and after.
        fileprivate var gain: Int { (isRight.second ? 1 : 0) - (isRight.first ? 1 : 0) }
    }

    package init(
        _ photos: [Photo], first: (model: ResourceName, version: Int?), second: (model: ResourceName, version: Int?),
        testedByBoth: Int, leftOut: Int, unusable: Int
    ) {
        let rights = (photos.count { $0.isRight.first }, photos.count { $0.isRight.second })
        let test = McNemar(
            onlyFirst: photos.count { $0.gain < 0 }, onlySecond: photos.count { $0.gain > 0 })
        a = Side(first, correct: rights.0, of: photos.count)
        b = Side(second, correct: rights.1, of: photos.count)
        images = photos.count
        imagesTestedByBoth = testedByBoth
        imagesLeftOut = leftOut
        imagesUnusable = unusable
        mcnemar = Test(
            onlyA: test.onlyFirst, onlyB: test.onlySecond, pValue: test.pValue.rounded(places: 9))
        conclusion =
            first.version != nil && first == second
            ? "a and b are the same version, so there is nothing to compare; name another one as a or b."
            : Self.conclusion(test, photos.count)
        classes = Dictionary(grouping: photos) { $0.label }.map { label, photos in
            ClassChange(
                label: label, images: photos.count, a: photos.count { $0.isRight.first },
                b: photos.count { $0.isRight.second })
        }
        .filter { $0.a != $0.b }
        .sorted { ($0.b - $0.a, $0.label) < ($1.b - $1.a, $1.label) }
        let differing = photos.filter { $0.first != $0.second }.sorted { ($0.gain, $0.image) < ($1.gain, $1.image) }
        changed = differing.prefix(Self.changeLimit).map { photo in
            Change(
                image: photo.image, dataset: photo.dataset, label: photo.label, before: photo.first, after: photo.second
            )
        }
        changedImages = differing.count
    }

    /// Below this p a difference is called one.
    private static let significance = 0.05

    private static func conclusion(_ test: McNemar, _ count: Int) -> String {
        guard count > 0 else {
            return
                "There is no photo that both can be asked about, so the two cannot be compared: one that neither was trained on, "
                + "under one of at least two labels that both know."
        }
        let numbers =
            "of \(count) photos, \(test.onlyFirst) only a has right and \(test.onlySecond) only b ("
            + "\(Words.significance(test.pValue)))"
        guard test.pValue < significance else { return "No difference beyond chance: \(numbers)." }
        return "\(test.onlySecond > test.onlyFirst ? "b" : "a") is better: \(numbers)."
    }
}

extension VersionComparison.Side {
    fileprivate init(_ name: (model: ResourceName, version: Int?), correct: Int, of count: Int) {
        let interval = ConfidenceInterval(successes: correct, of: count)
        self.init(
            model: name.model.text, version: name.version,
            accuracy: count > 0 ? Double(correct) / Double(count) : nil,
            accuracyInterval: count > 0 ? [interval.lower, interval.upper] : nil)
    }
}

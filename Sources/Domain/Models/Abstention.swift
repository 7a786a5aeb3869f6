/// When a model says that it does not know.
public struct Abstention: Sendable, Equatable {
    /// What the answers that it does give are to be: the part of them that is right, 0…1.
    public var targetPrecision: Double
    /// The probability below which an answer is not sure enough for that: 1 where no threshold reaches it, nil where there were too
    /// few photos to find one by.
    public var confidenceThreshold: Double?
    public var unknown: UnknownDetector?

    public enum Reason: String, Sendable {
        /// The photo seems to be of none of the classes.
        case unknown
        /// The probability is below the threshold.
        case unsure
    }

    public init(targetPrecision: Double, confidenceThreshold: Double? = nil, unknown: UnknownDetector? = nil) {
        self.targetPrecision = targetPrecision
        self.confidenceThreshold = confidenceThreshold
        self.unknown = unknown
    }

    /// Whether no answer is sure enough.
    public var isNeverSure: Bool { confidenceThreshold == 1 }
}

/// Tells photos of what a model was trained on from those of something else. What it measures is in `Training`.
public struct UnknownDetector: Sendable, Equatable {
    /// How a measure counts: its value less the mean that photos of known classes have, over their standard deviation, times
    /// the weight.
    public struct Term: Sendable, Equatable, Codable {
        public var mean: Double
        public var deviation: Double
        public var weight: Double

        public init(mean: Double = 0, deviation: Double = 1, weight: Double) {
            self.mean = mean
            self.deviation = deviation
            self.weight = weight
        }
    }

    public struct Terms: Sendable, Equatable, Codable {
        public var similarity: Term
        public var doubt: Term
        public var concepts: Term
        public var negatives: Term

        public init(similarity: Term, doubt: Term, concepts: Term, negatives: Term) {
            self.similarity = similarity
            self.doubt = doubt
            self.concepts = concepts
            self.negatives = negatives
        }
    }

    /// Of each class the mean bottleneck, its features' square roots scaled to length 1: `[labels, features]`.
    public var prototypes: [Float]
    /// Of each class what the backbone as it was pretrained takes its photos for: `[labels, pretrained classes]`, of length 1;
    /// empty where that is not used.
    public var concepts: [Float]
    /// Photos of none of the classes: `[any number, features]`, like the prototypes.
    public var negatives: [Float]
    /// How much of its similarity to the second class is taken off a photo's similarity to the first.
    public var margin: Double
    public var terms: Terms
    /// The score is 1 / (1 + exp(−(slope · sum of the terms + intercept))).
    public var slope: Double
    public var intercept: Double
    /// A photo whose score is above it is taken for unknown.
    public var threshold: Double

    public init(
        prototypes: [Float], concepts: [Float], negatives: [Float], margin: Double, terms: Terms, slope: Double,
        intercept: Double, threshold: Double
    ) {
        self.prototypes = prototypes
        self.concepts = concepts
        self.negatives = negatives
        self.margin = margin
        self.terms = terms
        self.slope = slope
        self.intercept = intercept
        self.threshold = threshold
    }
}

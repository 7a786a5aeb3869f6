extension EvaluationDocument {
    /// A cross-validation.
    public struct SelectionEntry: Sendable, Codable, Equatable {
        /// Held-out photos.
        public var images: Int
        public var folds: Int
        public var fits: Int
        /// The lowest loss first.
        public var candidates: [CandidateEntry]
    }

    /// A way to fit, and how it did on the held-out photos.
    public struct CandidateEntry: Sendable, Codable, Equatable {
        public var transform: String
        public var weighting: String
        /// Of the features' variance over the photos.
        public var l2Penalty: Double
        /// Of the discriminant analysis that it is blended with; null where it is with none.
        @Explicit public var shrinkage: Double?
        public var accuracy: Double
        public var logLoss: Double
        /// By how much that is above the lowest, and the standard error of this.
        public var logLossExcess: Double
        public var standardError: Double
        public var chosen: Bool
    }

    /// Two ways to prepare the photos.
    public struct TrialEntry: Sendable, Codable, Equatable {
        public var setting: String
        public var options: [Option]
        /// The first's less the second's, and the standard error of this.
        public var logLossDifference: Double
        public var standardError: Double
        public var chosen: String

        public struct Option: Sendable, Codable, Equatable {
            public var value: String
            public var logLoss: Double
        }
    }

    public struct ClassEntry: Sendable, Codable, Equatable {
        public var label: String
        /// Test photos.
        public var support: Int
        /// In all splits.
        @Explicit public var images: Int?
        @Explicit public var precision: Double?
        @Explicit public var recall: Double?
        @Explicit public var f1: Double?
        @Explicit public var averagePrecision: Double?
    }

    public struct Mistake: Sendable, Codable, Equatable {
        /// Null where it was trained on a folder.
        @Explicit public var image: Int64?
        public var path: String
        public var label: String
        public var predicted: String
        /// That the head gave to its answer: 0…1.
        public var probability: Double
        /// That it gave to the label.
        @Explicit public var labelProbability: Double?
    }

    public struct HeldOutEntry: Sendable, Codable, Equatable {
        public var images: Int
        public var accuracy: Double
        public var accuracyInterval: [Double]
        public var logLoss: Double
    }

    /// If answers under the threshold were not given.
    public struct PrecisionRecallEntry: Sendable, Codable, Equatable {
        public var threshold: Double
        public var precision: Double
        public var coverage: Double
        public var recall: Double
    }

    public struct CalibrationEntry: Sendable, Codable, Equatable {
        /// Of the test photos.
        @Explicit public var test: Reliability?
        /// The same before scores were divided by temperatures.
        @Explicit public var testBefore: Reliability?
        /// Of the held-out photos.
        @Explicit public var heldOut: Reliability?
        /// Before the temperatures, which were chosen by these.
        @Explicit public var heldOutBefore: Reliability?
    }

    public struct Reliability: Sendable, Codable, Equatable {
        /// The expected calibration error, 0…1.
        public var error: Double
        public var images: Int
        public var bins: [Bin]

        public struct Bin: Sendable, Codable, Equatable {
            public var lower: Double
            public var upper: Double
            public var images: Int
            @Explicit public var confidence: Double?
            @Explicit public var accuracy: Double?
        }
    }

    /// Under which confidence no answer is given.
    public struct ThresholdEntry: Sendable, Codable, Equatable {
        public var targetPrecision: Double
        public var confidence: Double
        @Explicit public var precision: Double?
        @Explicit public var coverage: Double?

        public init(targetPrecision: Double, confidence: Double, precision: Double?, coverage: Double?) {
            self.targetPrecision = targetPrecision
            self.confidence = confidence
            self.precision = precision
            self.coverage = coverage
        }
    }

    /// From which score on a photo is of none of the classes.
    public struct UnknownEntry: Sendable, Codable, Equatable {
        public var threshold: Double
        /// Part of the photos of known classes that are taken for unknown.
        @Explicit public var falsePositiveRate: Double?
        /// How often a held-out photo whose class is left out has a higher score than one with its class: 0.5 is chance.
        @Explicit public var areaUnderRoc: Double?
        /// Part of the given photos of none of the classes that are recognised as such.
        @Explicit public var negativesFound: Double?

        public init(threshold: Double, falsePositiveRate: Double?, areaUnderRoc: Double?, negativesFound: Double?) {
            self.threshold = threshold
            self.falsePositiveRate = falsePositiveRate
            self.areaUnderRoc = areaUnderRoc
            self.negativesFound = negativesFound
        }

        private enum FormerKeys: String, CodingKey { case knownRefused }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            let former = try decoder.container(keyedBy: FormerKeys.self)
            self.init(
                threshold: try container.decode(Double.self, forKey: .threshold),
                falsePositiveRate: try container.decodeIfPresent(Double.self, forKey: .falsePositiveRate)
                    ?? former.decodeIfPresent(Double.self, forKey: .knownRefused),
                areaUnderRoc: try container.decodeIfPresent(Double.self, forKey: .areaUnderRoc),
                negativesFound: try container.decodeIfPresent(Double.self, forKey: .negativesFound))
        }
    }

    public struct DoubtfulLabelEntry: Sendable, Codable, Equatable {
        public static let limit = 50

        /// How many there are.
        public var count: Int
        /// Photos that were looked at.
        public var lookedAt: Int
        /// The least likely label first; at most 50.
        public var images: [Doubt]

        public struct Doubt: Sendable, Codable, Equatable {
            @Explicit public var image: Int64?
            public var path: String
            public var label: String
            public var suggested: String
            public var labelProbability: Double
            public var suggestedProbability: Double
        }
    }
}

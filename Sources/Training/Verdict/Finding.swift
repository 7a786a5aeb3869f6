/// One thing that a person should know of a model, with the number behind it, and what to do about it.
public struct Finding: Sendable, Equatable, Codable {
    /// Stable, for programs.
    public enum Code: String, Sendable, Codable, CaseIterable {
        case noTestPhotos = "no_test_photos"
        case untestedClasses = "untested_classes"
        case untrainedClasses = "untrained_classes"
        case notBetterThanChance = "not_better_than_chance"
        case uncertainAccuracy = "uncertain_accuracy"
        case overfitting
        case underfitting
        case calibrationOff = "calibration_off"
        case neverSure = "never_sure"
        case fewPhotos = "few_photos"
        case imbalance
        case labelErrors = "label_errors"
        case duplicatesAcrossLabels = "duplicates_across_labels"
        case duplicatesAcrossSplits = "duplicates_across_splits"
        case lookAlikes = "look_alikes"
        case confusedClasses = "confused_classes"
        case looksGood = "looks_good"
    }

    /// From what must be mended to what is good to know.
    public enum Severity: String, Sendable, Codable, CaseIterable, Comparable {
        case problem, warning, info

        private var rank: Int { self == .problem ? 0 : self == .warning ? 1 : 2 }
        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
    }

    public let code: Code
    public let severity: Severity
    /// One or two plain sentences, with the number.
    public let finding: String
    /// What to do, in the imperative.
    public let action: String
    /// The numbers, by name (snake_case); shares are 0…1. All are finite.
    public let numbers: [String: Double]

    public init(_ code: Code, _ severity: Severity, _ finding: String, action: String, numbers: [String: Double]) {
        self.code = code
        self.severity = severity
        self.finding = finding
        self.action = action
        self.numbers = numbers.filter(\.value.isFinite).mapValues { ($0 * 1e6).rounded() / 1e6 }
    }
}

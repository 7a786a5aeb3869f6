public import Domain

/// Whether a new version may answer, and by which numbers: as it is kept in the evaluation, JSON, snake_case.
public struct PromotionDecision: Sendable, Codable, Equatable {
    public enum Basis: String, Sendable, Codable, CaseIterable {
        /// What was asked for, whatever the numbers.
        case policy
        /// There was no version that answered.
        case first
        case testPhotos = "test_photos"
        case validationAccuracy = "validation_accuracy"
        /// The two say nothing of each other.
        case notComparable = "not_comparable"
    }

    public var policy: PromotionPolicy
    public var promoted: Bool
    public var basis: Basis
    /// For a person, with the numbers.
    public var reason: String
    /// That answered.
    @Explicit public var previousVersion: Int?
    /// Photos that the two were compared on; null where they were not.
    @Explicit public var images: Int?
    /// Accuracy of the one that answered, on these, and of the new one.
    @Explicit public var accuracyBefore: Double?
    @Explicit public var accuracy: Double?
    /// By McNemar's test.
    @Explicit public var pValue: Double?

    /// Of the event.
    package var code: String {
        !promoted ? "not_promoted" : basis == .notComparable ? "not_comparable" : "promoted"
    }
}

public import Training

/// The points of a fit's curves, as evenly spread as they came, and few enough for a document.
public struct TrainingCurve: Sendable {
    static let limit = 500

    public struct Point: Sendable, Codable, Equatable {
        /// Counted from 0.
        public var step: Int
        public var trainAccuracy: Double
        /// In nats, as the next.
        public var trainCrossEntropy: Double
        /// Null where there are no validation photos.
        @Explicit public var validationAccuracy: Double?
        @Explicit public var validationCrossEntropy: Double?
    }

    private var kept: [Point] = []
    private var last: Point?
    /// Of so many points one is kept.
    private var stride = 1
    private var count = 0

    public init() {}

    /// What is kept of those that came, and the last one.
    public var points: [Point] {
        guard let last, last != kept.last else { return kept }
        return kept.suffix(1).first?.step == last.step ? kept.dropLast() + [last] : kept + [last]
    }

    public mutating func add(_ step: TrainingStep) {
        let point = Point(
            step: step.number, trainAccuracy: step.train.accuracy.rounded(places: 4),
            trainCrossEntropy: step.train.crossEntropy.rounded(places: 6),
            validationAccuracy: step.validation?.accuracy.rounded(places: 4),
            validationCrossEntropy: step.validation?.crossEntropy.rounded(places: 6))
        last = point
        defer { count += 1 }
        guard count.isMultiple(of: stride) else { return }
        kept.append(point)
        // One of them is the last that `points` may add.
        guard kept.count >= Self.limit else { return }
        kept = kept.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
        stride *= 2
    }
}

import Training

/// Which points of a training's curves are kept. A million steps, each of them a point, would be a million rows for good, and
/// no screen shows them: above `limit` the interval between two points is doubled until they are at most as many.
///
/// The step whose number is that of the interval, and the last one, are kept; so what is left is as evenly spread as before.
struct CurvePoints {
    static let limit = 5_000

    /// Steps between two points as the training was asked for.
    private let interval: Int
    private var factor = 1
    private var count = 0

    init(interval: Int) { self.interval = max(1, interval) }

    mutating func keeps(_ step: TrainingStep) -> Bool {
        if let total = step.total {
            while total / (interval * factor) > Self.limit { factor *= 2 }
        } else if count >= Self.limit {
            // Nobody knows how many there will be: each further 5,000 are twice as far apart.
            (factor, count) = (factor * 2, 0)
        }
        let isLast = step.total.map { step.number == $0 - 1 } ?? !step.number.isMultiple(of: interval)
        guard isLast || step.number.isMultiple(of: interval * factor) else { return false }
        count += 1
        return true
    }
}

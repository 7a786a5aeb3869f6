import Training

/// Which points of a training's curves are kept. A million steps, each of them a point, would be a million rows for good, and
/// no screen shows them: above `limit` the interval between two points is doubled until they are at most as many.
///
/// The step whose number is that of the interval, and the last one, are kept; so what is left is as evenly spread as before.
struct CurvePoints {
    static let limit = 5_000

    private let limit: Int
    /// Steps between two points as the training was asked for.
    private let interval: Int
    private var factor = 1
    private var count = 0

    /// - Parameter limit: points that are kept of a training that knows how many steps it takes.
    init(interval: Int, limit: Int = Self.limit) {
        self.interval = max(1, interval)
        self.limit = limit
    }

    mutating func keeps(_ step: TrainingStep) -> Bool {
        if let total = step.total {
            while total / (interval * factor) > limit { factor *= 2 }
        } else if count >= limit {
            // Nobody knows how many there will be: each further `limit` are twice as far apart.
            (factor, count) = (factor * 2, 0)
        }
        let isLast = step.total.map { step.number == $0 - 1 } ?? !step.number.isMultiple(of: interval)
        guard isLast || step.number.isMultiple(of: interval * factor) else { return false }
        count += 1
        return true
    }
}

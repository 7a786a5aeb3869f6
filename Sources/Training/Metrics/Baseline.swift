/// Whether answers are right more often than the commonest one would be if it were always given, which in a set of 90 dogs and
/// 10 cats is right about 90 %.
struct Baseline: Sendable {
    let count: Int
    let correct: Int
    let commonest: Int
    /// Part of the photos that are of the commonest class.
    let share: Double

    /// - Parameter photos: what each is, and what it was taken for.
    /// - Returns: nil where there are none.
    init?(_ photos: [(truth: Int, predicted: Int)], labelCount: Int) {
        guard !photos.isEmpty else { return nil }
        var counts = [Int](repeating: 0, count: labelCount)
        for photo in photos { counts[photo.truth] += 1 }
        count = photos.count
        correct = photos.count { $0.truth == $0.predicted }
        commonest = counts.indices.max { (counts[$0], $1) < (counts[$1], $0) } ?? 0
        share = Double(counts[commonest]) / Double(count)
    }

    var accuracy: Double { Double(correct) / Double(count) }
    /// Of the accuracy, 95 %.
    var interval: ConfidenceInterval { ConfidenceInterval(successes: correct, of: count) }
    /// By more than what could be chance.
    var isBeaten: Bool { interval.lower > share }

    /// How many photos it would take to tell so small a difference; nil where there is none, or one that a thousand times as many
    /// would not tell.
    var neededCount: Int? {
        guard accuracy > share else { return nil }
        func isEnough(_ count: Int) -> Bool {
            ConfidenceInterval(successes: Int((accuracy * Double(count)).rounded()), of: count).lower > share
        }
        guard var high = (0...10).lazy.map({ count << $0 }).first(where: isEnough) else { return nil }
        var low = high / 2
        while high - low > 1 {
            let middle = (low + high) / 2
            if isEnough(middle) { high = middle } else { low = middle }
        }
        return high
    }
}

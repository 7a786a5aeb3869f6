/// How sure heads are of each class in the photos that are filed under it, on the mean: the thresholds of confident learning
/// (Northcutt, Jiang, Chuang, "Confident learning", JAIR 70, 2021).
struct SelfConfidence: Sendable {
    /// By class; of one that nothing is known of, more than any probability.
    private let thresholds: [Float]

    /// - Parameter parts: of photos held out; those with a probability that is no number do not count.
    init(_ parts: [HeldOutPredictions], labelCount: Int) {
        var (sums, counts) = ([Double](repeating: 0, count: labelCount), [Int](repeating: 0, count: labelCount))
        for part in parts {
            for (row, label) in part.classes.enumerated() where part[row].allSatisfy(\.isFinite) {
                sums[label] += Double(part[row][part[row].startIndex + label])
                counts[label] += 1
            }
        }
        thresholds = zip(sums, counts).map { $1 > 0 ? Float($0 / Double($1)) : .infinity }
    }

    /// Another class than the given one, which is the most probable and at least as probable as in its own photos on the mean.
    /// - Parameter probabilities: of all classes.
    func likelyClass(_ probabilities: ArraySlice<Float>, given: Int) -> Int? {
        guard let best = probabilities.indices.max(by: { (probabilities[$0], $1) < (probabilities[$1], $0) }) else {
            return nil
        }
        let label = best - probabilities.startIndex
        return label != given && probabilities[best] >= thresholds[label] ? label : nil
    }
}

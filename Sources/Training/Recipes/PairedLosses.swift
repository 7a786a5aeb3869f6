import Foundation

/// By how much one way to fit does better than another on the same photos, which neither was fitted on.
package struct PairedLosses: Sendable {
    /// Mean cross-entropies, in nats.
    package let first: Double
    package let second: Double
    private let difference: PairedDifference

    /// - Returns: nil where they were not asked about the same photos.
    package init?(_ first: HeldOutPredictions?, _ second: HeldOutPredictions?) {
        guard let first, let second, first.photos == second.photos, !first.photos.isEmpty else { return nil }
        let (left, right) = (first.losses, second.losses)
        let count = Double(left.count)
        self.first = left.reduce(0, +) / count
        self.second = right.reduce(0, +) / count
        difference = PairedDifference(zip(left, right).map { $0 - $1 })
    }

    package enum Judgement: Sendable { case firstIsBetter, alike, secondIsBetter }

    /// Which is better by more than a standard error.
    package var judgement: Judgement {
        if -difference.mean > difference.standardError { return .firstIsBetter }
        return difference.mean > difference.standardError ? .secondIsBetter : .alike
    }
}

extension HeldOutPredictions {
    /// Of each photo, −log p(true class), in nats.
    package var losses: [Double] {
        photos.indices.map { -log(Double(max(self[$0][$0 * labelCount + classes[$0]], .leastNormalMagnitude))) }
    }
}

extension PairedLosses {
    /// What distorted views were good for.
    /// - Parameter areKept: also where they did not help.
    func viewsNote(areKept: Bool) -> String {
        let numbers =
            "with them the cross-entropy on held-out photos is \(first.shortened), without them \(second.shortened)"
        switch judgement {
        case .firstIsBetter: return "The distorted views helped: \(numbers)."
        case .alike: return "The distorted views made no difference that could be told: \(numbers)."
        case .secondIsBetter:
            return "The distorted views did harm\(areKept ? "" : ", so the head is fitted without them"): \(numbers)."
        }
    }
}

import Domain
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
    func viewsTrial(areKept: Bool) -> SettingTrial {
        let numbers =
            "with them the cross-entropy on held-out photos is \(first.inNats), without them \(second.inNats)"
        let note =
            switch judgement {
            case .firstIsBetter: "The distorted views helped: \(numbers)."
            case .alike: "The distorted views made no difference that could be told: \(numbers)."
            case .secondIsBetter:
                "The distorted views did harm\(areKept ? "" : ", so the head is fitted without them"): \(numbers)."
            }
        let isFirst = areKept || judgement != .secondIsBetter
        return trial(of: .distortedViews, "with", "without", isFirstChosen: isFirst, note: note)
    }

    /// Which way to make photos square is better.
    func fitTrial() -> SettingTrial {
        let isFirst = judgement != .secondIsBetter
        return trial(
            of: .fit, FitMode.crop.rawValue, FitMode.squash.rawValue, isFirstChosen: isFirst,
            note: "Photos are \(isFirst ? "cropped" : "squashed"): the cross-entropy on held-out photos is "
                + "\(first.inNats) cropped and \(second.inNats) squashed.")
    }

    private func trial(
        of setting: SettingTrial.Setting, _ one: String, _ other: String, isFirstChosen: Bool, note: String
    ) -> SettingTrial {
        SettingTrial(
            setting: setting,
            options: [.init(value: one, loss: first), .init(value: other, loss: second)],
            difference: difference.mean, standardError: difference.standardError, chosen: isFirstChosen ? one : other,
            note: note)
    }
}

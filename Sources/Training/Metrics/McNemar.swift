import Foundation

/// Whether one of two models is better on the same photos, by those that only one of them is right about (McNemar,
/// Psychometrika 12, 1947): were they equally good, each of these would be as likely to be either's.
public struct McNemar: Sendable, Equatable {
    public let onlyFirst: Int
    public let onlySecond: Int
    /// How likely at least such a difference would be between two that are equally good: the exact two-sided binomial test.
    public let pValue: Double

    public init(onlyFirst: Int, onlySecond: Int) {
        (self.onlyFirst, self.onlySecond) = (onlyFirst, onlySecond)
        let (count, fewer) = (onlyFirst + onlySecond, min(onlyFirst, onlySecond))
        // log C(count, k) by the gamma function, which neither overflows nor loses anything that a person would see.
        let logAll = lgamma(Double(count) + 1) - Double(count) * log(2)
        let tail = (0...fewer).reduce(0.0) { sum, k in
            sum + exp(logAll - lgamma(Double(k) + 1) - lgamma(Double(count - k) + 1))
        }
        pValue = min(1, 2 * tail)
    }
}

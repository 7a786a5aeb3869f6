import Foundation

/// A reproducible stream of random numbers: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014). The same seed gives the same numbers on every machine and in every version.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Uniform in [0, 1), with 53 random bits.
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform in [`range.lowerBound`, `range.upperBound`).
    public mutating func uniform(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// Uniform in 0 ..< `bound` without modulo bias (Lemire, "Fast random integer generation in an interval", 2019).
    public mutating func index(below bound: Int) -> Int {
        precondition(bound > 0)
        let bound = UInt64(bound)
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let threshold = (0 &- bound) % bound
            while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
        }
        return Int(product.high)
    }

    /// Standard normal, drawn again until it lies within two standard deviations.
    public mutating func truncatedNormal() -> Double {
        while true {
            // Box-Muller; 1 − u is never 0.
            let radius = (-2 * log(1 - uniform())).squareRoot()
            let value = radius * cos(2 * .pi * uniform())
            if abs(value) <= 2 { return value }
        }
    }

    /// Fisher-Yates; `Array.shuffle` is not promised to stay the same between versions of Swift.
    public mutating func shuffle<Element>(_ items: inout [Element]) {
        for last in stride(from: items.count - 1, to: 0, by: -1) {
            items.swapAt(last, index(below: last + 1))
        }
    }
}

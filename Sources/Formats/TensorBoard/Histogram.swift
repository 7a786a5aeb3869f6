/// How numbers are spread, as TensorFlow sums them up: in buckets whose ends are zero and, on both sides of it, from 1e-12 on a
/// tenth larger each. Numbers that are not finite are left out.
public struct Histogram: Sendable, Equatable {
    public private(set) var minimum = 0.0
    public private(set) var maximum = 0.0
    public private(set) var count = 0
    public private(set) var sum = 0.0
    public private(set) var sumOfSquares = 0.0
    /// Upper ends of the buckets, which they do not hold themselves. The first bucket has the smallest number in it and the last
    /// one the largest; empty ones in a row between them are one.
    public private(set) var limits: [Double] = []
    /// Numbers in each bucket.
    public private(set) var counts: [Double] = []

    public init(_ values: some Sequence<Float>) {
        var buckets = [Int](repeating: 0, count: Self.ends.count)
        (minimum, maximum) = (.infinity, -.infinity)
        for value in values where value.isFinite {
            let number = Double(value)
            (minimum, maximum) = (min(minimum, number), max(maximum, number))
            sum += number
            sumOfSquares += number * number
            count += 1
            buckets[Self.bucket(of: value)] += 1
        }
        guard count > 0 else {
            (minimum, maximum) = (0, 0)
            return
        }
        for index in Self.bucket(of: Float(minimum))...Self.bucket(of: Float(maximum)) {
            if buckets[index] == 0, counts.last == 0 {
                limits[limits.count - 1] = Self.ends[index]
            } else {
                limits.append(Self.ends[index])
                counts.append(Double(buckets[index]))
            }
        }
    }

    // MARK: Buckets

    /// Upper ends, ascending.
    private static let ends: [Double] = {
        var positive: [Double] = []
        var end = 1e-12
        while end < 1e20 {
            positive.append(end)
            end *= 1.1
        }
        positive.append(.greatestFiniteMagnitude)
        return positive.reversed().map { -$0 } + [0] + positive
    }()

    /// The first bucket whose end is larger. The ends are looked at from where the number's sign, exponent and four bits of its
    /// fraction begin: two ends at most, where a search among all takes eleven looks.
    private static func bucket(of value: Float) -> Int {
        let number = Double(value)
        var index = firstBuckets[Int(value.bitPattern >> keyShift)]
        while index < ends.count - 1, ends[index] <= number { index += 1 }
        return index
    }

    private static let keyShift = 19

    private static let firstBuckets: [Int] = (0..<1 << (32 - keyShift)).map { key in
        let lowest = UInt32(key) << keyShift
        // Of negative numbers the one with most bits set is the lowest.
        let bits = lowest >> 31 == 0 ? lowest : lowest | (1 << keyShift - 1)
        let value = Double(Float(bitPattern: bits))
        guard value.isFinite else { return value < 0 ? 0 : ends.count - 1 }
        return ends.firstIndex { $0 > value } ?? ends.count - 1
    }
}

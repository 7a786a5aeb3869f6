import Formats
import Testing

struct HistogramTests {
    /// Buckets that hold something, by tensorboardX 2.6 and NumPy, which have TensorFlow's ends.
    @Test func hasTensorFlowsBuckets() {
        let values: [Float] = [-2.5, -1e-13, 0, 0, 3e-12, 0.1, 0.5, 0.5, 1, 7.25, -4096, 65504, 1e-12, 1e19]
        let histogram = Histogram(values)
        let filled = zip(histogram.limits, histogram.counts).filter { $0.1 > 0 }
        let expected: [(Double, Double)] = [
            (-4027.5626492599517, 1), (-2.379100905625872, 1), (0, 1), (1e-12, 3), (3.1384283767210032e-12, 1),
            (0.10243638697138786, 1), (0.5177616740489182, 2), (1.0089710279437536, 1), (7.466637793298873, 1),
            (70278.56083007893, 1), (1.0072126775812549e+19, 1),
        ]
        #expect(filled.map(\.0) == expected.map(\.0) && filled.map(\.1) == expected.map(\.1))
        #expect(histogram.limits == histogram.limits.sorted() && histogram.limits.count == histogram.counts.count)
        #expect(histogram.minimum == -4096 && histogram.maximum == Double(Float(1e19)) && histogram.count == 14)
        #expect(histogram.sum == 9.99999998050651e+18 && histogram.sumOfSquares == 9.999999961012896e+37)
    }

    /// By the same, of numbers of many sizes: how many buckets hold something, and the sum of their positions times their counts.
    @Test func putsManyNumbersWhereTheyBelong() {
        var state = 0
        let values = (0..<20_000).map { _ -> Float in
            state = (state * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
            let scale = Float(sign: .plus, exponent: (state >> 4) % 41 - 20, significand: 1)
            return Float(Double((state >> 8) % 20_001 - 10_000) / 10_000 * Double(scale))
        }
        let histogram = Histogram(values)
        let filled = histogram.counts.filter { $0 > 0 }
        #expect(filled.count == 679 && filled.reduce(0, +) == 20_000)
        #expect(filled.enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element } == 6_831_773)
        #expect(histogram.minimum == -1_047_527.4375 && histogram.maximum == 1_042_179.6875)
        #expect(abs(histogram.sum + 8_440_710.081658456) < 1e-3)
        #expect(abs(histogram.sumOfSquares / 261_518_274_019_708.84 - 1) < 1e-12)
    }

    @Test func leavesOutWhatIsNoNumber() {
        let histogram = Histogram([.nan, .infinity, -.infinity, 2])
        #expect(histogram.count == 1 && histogram.minimum == 2 && histogram.maximum == 2 && histogram.sum == 2)
        #expect(histogram.counts == [1])
        let empty = Histogram([.nan])
        #expect(empty.count == 0 && empty.limits.isEmpty && empty.minimum == 0 && empty.sum == 0)
    }

    // At the far ends of what a float can be.
    @Test func hasAPlaceForEveryFiniteNumber() {
        let histogram = Histogram([
            -.greatestFiniteMagnitude, -.leastNonzeroMagnitude, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
        ])
        #expect(histogram.counts.reduce(0, +) == 5 && histogram.limits.last == Double.greatestFiniteMagnitude)
        #expect(zip(histogram.limits, histogram.counts).first { $0.0 == 0 }?.1 == 1)
        #expect(zip(histogram.limits, histogram.counts).first { $0.0 == 1e-12 }?.1 == 2)
    }
}

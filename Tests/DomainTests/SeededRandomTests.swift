import Domain
import Testing

struct SeededRandomTests {
    // SplitMix64's published first outputs: seed 1234567 from Rosetta Code, "Pseudo-random numbers/Splitmix64"; seed 0
    // from the test of Java's reference implementation as ported to the rand_xoshiro crate.
    @Test(
        arguments: [
            (
                1_234_567,
                [
                    6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                    4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
                ]
            ),
            (0, [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F, 0xF88B_B8A8_724C_81EC]),
        ] as [(UInt64, [UInt64])])
    func isSplitMix64(seed: UInt64, expected: [UInt64]) {
        var random = SeededRandom(seed: seed)
        #expect(expected.map { _ in random.next() } == expected)
    }

    // The top 53 bits, as a fraction.
    @Test func uniformIsTheTopBits() {
        var random = SeededRandom(seed: 0)
        #expect(random.uniform() == Double(0xE220_A839_7B1D_CDAF as UInt64 >> 11) / 9_007_199_254_740_992)
    }

    // A fair die: chi-square with 6 degrees of freedom is beyond 22.5 once in a thousand dice, and the seed is fixed.
    @Test func indexIsFair() {
        var random = SeededRandom(seed: 3)
        var counts = [Double](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[random.index(below: 7)] += 1 }
        let chiSquare = counts.reduce(0) { $0 + ($1 - 10_000) * ($1 - 10_000) / 10_000 }
        #expect(chiSquare < 22.5)
        // A modulo of 64 bits would show for a bound near 2⁶³ only: a third of all numbers would be the smaller ones.
        let bound = Int.max / 2 + Int.max / 4
        let low = (0..<20_000).reduce(0) { sum, _ in sum + (random.index(below: bound) < bound / 3 ? 1 : 0) }
        #expect(abs(low - 20_000 / 3) < 300)
    }

    @Test func uniformFillsItsRange() {
        var random = SeededRandom(seed: 4)
        let values = (0..<20_000).map { _ in random.uniform(in: -3...5) }
        #expect(values.allSatisfy { $0 >= -3 && $0 < 5 })
        #expect(values.min() ?? 0 < -2.99 && values.max() ?? 0 > 4.99)
        #expect(abs(values.reduce(0, +) / 20_000 - 1) < 0.06)
    }

    // Standard normal cut off at ±2: variance 1 − 2·2φ(2)/(2Φ(2) − 1) = 0.7737.
    @Test func truncatedNormalHasItsMoments() {
        var random = SeededRandom(seed: 5)
        let values = (0..<40_000).map { _ in random.truncatedNormal() }
        #expect(values.allSatisfy { abs($0) <= 2 })
        #expect(values.contains { $0 > 1.95 } && values.contains { $0 < -1.95 })
        let mean = values.reduce(0, +) / 40_000
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40_000
        #expect(abs(mean) < 0.02)
        #expect(abs(variance - 0.7737) < 0.02)
    }

    // Each of the 24 orders of four things comes up about equally often.
    @Test func shufflesFairly() {
        var random = SeededRandom(seed: 6)
        var counts: [[Int]: Double] = [:]
        for _ in 0..<24_000 {
            var items = [0, 1, 2, 3]
            random.shuffle(&items)
            counts[items, default: 0] += 1
        }
        #expect(counts.count == 24)
        // 23 degrees of freedom: beyond 49.7 once in a thousand.
        #expect(counts.values.reduce(0) { $0 + ($1 - 1000) * ($1 - 1000) / 1000 } < 49.7)
    }

    @Test func shufflesNothingAndOne() {
        var random = SeededRandom(seed: 7)
        var (none, one): ([Int], [Int]) = ([], [9])
        random.shuffle(&none)
        random.shuffle(&one)
        #expect(none.isEmpty && one == [9])
    }
}

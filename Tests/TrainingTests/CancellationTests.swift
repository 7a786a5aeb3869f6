import Domain
import Testing
import Training

/// What takes long asks often whether it is still wanted, and ends at once where it is not.
struct CancellationTests {
    private struct Stop: Error {}

    /// Runs `body` again and again, ending it at each of its calls of `poll` in turn.
    /// - Returns: how often it asks when nobody ends it.
    private func endEverywhere(_ body: (() throws -> Void) throws -> Void) throws -> Int {
        for last in 0... {
            var calls = 0
            do {
                try body {
                    calls += 1
                    if calls > last { throw Stop() }
                }
                return calls
            } catch is Stop {
                // Nothing is asked after it has been said.
                #expect(calls == last + 1)
            }
        }
        return 0
    }

    // With more rows than features, and with fewer, where a basis of their span comes first.
    @Test(arguments: [(20, 6, 3), (6, 20, 4)])
    func preparing(_ rows: Int, _ columns: Int, _ expected: Int) throws {
        let examples = Golden.examples(rows: rows, columns: columns, classes: 3)
        let polls = try endEverywhere { poll in
            _ = try SoftmaxRegression(examples, labels: Golden.labels(3), transform: .raw, poll: poll)
        }
        #expect(polls == expected)
    }

    @Test func fitting() throws {
        let examples = Golden.examples(rows: 20, columns: 6, classes: 3)
        let regression = SoftmaxRegression(examples, labels: Golden.labels(3), transform: .raw, poll: {})
        var steps = 0
        let polls = try endEverywhere { poll in
            steps = 0
            _ = try regression.fit(along: [0.1, 0.01], classWeights: [1, 1, 1], poll: poll) { _, _, _ in steps += 1 }
        }
        #expect(polls >= steps && steps > 3)
    }

    @Test func calibrating() throws {
        let polls = try endEverywhere { poll in
            _ = try Temperature(scores: [2, 1, 0, 3], classes: [0, 0], classCount: 2, poll: poll)
        }
        #expect(polls > 10)
    }

    // A crowd that looks alike has many pairs.
    @Test func splitting() throws {
        let photos = (0..<600).map { number in
            SplitPlan.Photo(
                path: "a/\(number).jpg", classIndex: 0,
                digest: PhotoDigest(bytes: (0..<32).map { UInt8(truncatingIfNeeded: number >> $0) }),
                bottleneck: Bottleneck(features: [1, 2, 3], appearance: 7))
        }
        let polls = try endEverywhere { poll in
            _ = try SplitPlan(photos, validationPercentage: 10, testingPercentage: 10, poll: poll)
        }
        #expect(polls == 15)
    }

    /// The products of many rows are added up block by block; the mean squared length of a centred row is their trace.
    @Test func blocksAddUp() {
        let rows = 20_000
        let matrix = FeatureMatrix((0..<rows).map { [Float($0 % 7), Float($0 % 11) / 2] })
        let examples = Examples(features: matrix, classes: (0..<rows).map { $0 % 2 })
        let regression = SoftmaxRegression(examples, labels: Golden.labels(2), transform: .raw, poll: {})
        // Variances of 0…6 and of 0…10 halved: (n² - 1) / 12.
        #expect(abs(regression.spread - (48.0 / 12 + 120.0 / 12 / 4)) < 0.01)
    }
}

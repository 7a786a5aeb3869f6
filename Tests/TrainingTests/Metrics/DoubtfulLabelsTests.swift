import Testing
import Training

/// Confident learning on predictions that are written down by hand.
struct DoubtfulLabelsTests {
    private func doubts(_ rows: [(label: Int, probabilities: [Float])]) -> DoubtfulLabels {
        let all = rows.flatMap(\.probabilities)
        return DoubtfulLabels(
            HeldOutPredictions(
                photos: rows.indices.map { $0 + 100 }, classes: rows.map(\.label), probabilities: all,
                uncalibrated: all, folds: rows.map { _ in 0 }, labelCount: 3))
    }

    @Test func areThoseThatAnotherClassClaims() {
        // Photos of class 1 have 0.7 of it on average (0.9, 0.8, 0.4), those of class 0 have 0.55.
        let found = doubts([
            (0, [0.9, 0.1, 0]), (0, [0.2, 0.8, 0]), (1, [0.1, 0.9, 0]), (1, [0.2, 0.8, 0]), (1, [0.6, 0.4, 0]),
            // More for class 1 than for its own, but not more than class 1 has in its own photos.
            (2, [0.1, 0.6, 0.3]), (2, [0, 0.75, 0.25]),
        ])
        #expect(found.count == 7)
        #expect(found.doubts.map(\.photo) == [101, 106, 104])
        #expect(found.doubts.map(\.suggested) == [1, 1, 0])
        #expect(found.doubts.map(\.labelProbability) == [0.2, 0.25, 0.4])
        #expect(found.doubts[0].label == 0 && found.doubts[0].suggestedProbability == 0.8)
    }

    // A class that no photo is of has nothing to be compared with.
    @Test func areNotOfClassesWithoutPhotos() {
        #expect(doubts([(0, [0.1, 0, 0.9]), (0, [0.9, 0.1, 0])]).doubts.isEmpty)
        #expect(doubts([]).doubts.isEmpty)
    }
}

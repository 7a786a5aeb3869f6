import Domain
import Testing
import Training

/// Clouds around axes of their own; those of the last class are photos that nobody has trained.
struct UnknownDetectorTests {
    private static let columns = 24

    private struct Clouds {
        var features = FeatureMatrix(columns: columns)
        var classes: [Int] = []
    }

    private func clouds(_ labels: Range<Int>, photos: Int, seed: UInt64) -> Clouds {
        var random = SeededRandom(seed: seed)
        var clouds = Clouds()
        for label in labels {
            for _ in 0..<photos {
                clouds.features.append(
                    (0..<Self.columns).map { Float($0 / 4 == label ? 1 : 0.2) * Float(random.uniform(in: 0...1)) })
                clouds.classes.append(label)
            }
        }
        return clouds
    }

    /// A head by the nearest class, and what it says of each photo: good enough for predictions that were held out.
    private func probabilities(_ features: FeatureMatrix, labels: Int) -> [Float] {
        let weights = (0..<labels).flatMap { label in (0..<Self.columns).map { Float($0 / 4 == label ? 3 : 0) } }
        let head = Head(
            labels: Golden.labels(labels), transform: .raw, featureCount: Self.columns, weights: weights,
            biases: [Float](repeating: 0, count: labels))
        return head.probabilities(features)
    }

    private func fit(
        _ known: Clouds, labels: Int, classifier: LinearLayer? = nil, negatives: FeatureMatrix? = nil
    ) -> UnknownDetectorFit.Result? {
        let predictions = probabilities(known.features, labels: labels)
        let held = HeldOutPredictions(
            photos: Array(known.classes.indices), classes: known.classes, probabilities: predictions,
            uncalibrated: predictions, folds: known.classes.indices.map { $0 % 5 }, labelCount: labels)
        return UnknownDetectorFit(
            known.features, classes: known.classes, held, classifier: classifier,
            negatives: negatives.map { ($0, probabilities($0, labels: labels)) }
        ).fit(poll: {})
    }

    @Test(arguments: [2, 3, 5])
    func tellsOtherClassesFromItsOwn(_ labels: Int) throws {
        let known = clouds(0..<labels, photos: 30, seed: 1)
        let result = try #require(fit(known, labels: labels))
        let detector = result.detector
        func scores(_ clouds: Clouds) -> [Double] {
            detector.scores(
                clouds.features, probabilities: probabilities(clouds.features, labels: labels), classifier: nil)
        }
        let (fresh, strange) = (
            scores(clouds(0..<labels, photos: 30, seed: 2)), scores(clouds(5..<6, photos: 60, seed: 3))
        )
        #expect((fresh + strange).allSatisfy { (0...1).contains($0) })
        #expect(fresh.count { $0 > detector.threshold } <= fresh.count / 5)
        #expect(strange.count { $0 > detector.threshold } >= strange.count * 9 / 10, "\(strange)")
        #expect(result.area > 0.9 && result.negativesFound == nil)
    }

    // A photo alone has the score that it has among others.
    @Test func scoresPhotosAlike() throws {
        let known = clouds(0..<3, photos: 20, seed: 4)
        let detector = try #require(fit(known, labels: 3)).detector
        let predictions = probabilities(known.features, labels: 3)
        let all = detector.scores(known.features, probabilities: predictions, classifier: nil)
        for photo in [0, 25, 59] {
            let alone = detector.score(
                Array(known.features[photo]), probabilities: Array(predictions[photo * 3..<photo * 3 + 3]),
                classifier: nil)
            #expect(abs(alone - all[photo]) < 1e-5)
        }
    }

    // Photos of none of the classes that look much like one of them: examples of them find most of the others, and without
    // examples hardly any is found.
    @Test func learnsWhatIsNoneOfTheClasses() throws {
        let (known, count) = (clouds(0..<3, photos: 30, seed: 5), 60)
        func nearMiss(_ seed: UInt64) -> FeatureMatrix {
            var matrix = FeatureMatrix(columns: Self.columns)
            let own = clouds(0..<1, photos: count, seed: seed)
            let other = clouds(5..<6, photos: count, seed: seed + 100)
            for row in 0..<count { matrix.append(zip(own.features[row], other.features[row]).map { $0 + 1.5 * $1 }) }
            return matrix
        }
        let without = try #require(fit(known, labels: 3))
        let with = try #require(fit(known, labels: 3, negatives: nearMiss(6)))
        let strange = nearMiss(7)
        func found(_ detector: UnknownDetector) -> Int {
            detector.scores(strange, probabilities: probabilities(strange, labels: 3), classifier: nil)
                .count { $0 > detector.threshold }
        }
        let (many, few) = (found(with.detector), found(without.detector))
        #expect(many > count * 6 / 10 && many > 2 * few, "\(many) and \(few) of \(count)")
        #expect((with.negativesFound ?? 0) > 0.6 && with.detector.negatives.count == count * Self.columns)
    }

    // Eight pictures of each of a few things beside each other say no more of other things than one of each does.
    @Test func doesNotKnowAPhotoByItsCopy() throws {
        let known = clouds(0..<3, photos: 30, seed: 5)
        var random = SeededRandom(seed: 11)
        var (single, copied) = (FeatureMatrix(columns: Self.columns), FeatureMatrix(columns: Self.columns))
        for thing in 0..<6 {
            // Each differs from the first class in a feature of its own.
            let base = clouds(0..<1, photos: 1, seed: UInt64(50 + thing)).features[0]
            let row = base.enumerated().map { $0 == 12 + thing ? $1 + 0.8 : $1 }
            single.append(row)
            for _ in 0..<8 { copied.append(row.map { $0 * Float(random.uniform(in: 0.98...1.02)) }) }
        }
        let alone = try #require(fit(known, labels: 3, negatives: single)?.negativesFound)
        let together = try #require(fit(known, labels: 3, negatives: copied)?.negativesFound)
        #expect(abs(alone - together) < 0.35 && together < 0.9, "\(alone) and \(together)")
    }

    // One photo beside a film is not all that the film is compared with.
    @Test func dividesOneCrowdOfNegatives() throws {
        let (known, count) = (clouds(0..<3, photos: 30, seed: 5), 40)
        var random = SeededRandom(seed: 12)
        let frame = zip(clouds(0..<1, photos: 1, seed: 60).features[0], clouds(5..<6, photos: 1, seed: 61).features[0])
            .map { $0 + 0.8 * $1 }
        var film = FeatureMatrix(columns: Self.columns)
        for _ in 0..<count { film.append(frame.map { $0 * Float(random.uniform(in: 0.98...1.02)) }) }
        let alone = try #require(fit(known, labels: 3, negatives: film)?.negativesFound)
        film.append(Array(clouds(4..<5, photos: 1, seed: 62).features[0]))
        let beside = try #require(fit(known, labels: 3, negatives: film)?.negativesFound)
        #expect(alone > 0.9 && beside > 0.9, "\(alone) and \(beside)")
    }

    // What the backbone itself sees is used where it helps, and nothing else.
    @Test func usesTheBackbonesOwnClassesWhereTheyHelp() throws {
        let known = clouds(0..<3, photos: 30, seed: 8)
        // One that sees what the photos do not show otherwise: here the features themselves, sharply.
        let sharp = LinearLayer(
            inputs: Self.columns, outputs: 6,
            weights: (0..<6).flatMap { label in (0..<Self.columns).map { Float($0 / 4 == label ? 4 : 0) } },
            biases: [Float](repeating: 0, count: 6))
        let blind = LinearLayer(
            inputs: Self.columns, outputs: 6, weights: [Float](repeating: 0, count: 6 * Self.columns),
            biases: [Float](repeating: 0, count: 6))
        let (plain, helped, same) = (
            try #require(fit(known, labels: 3)), try #require(fit(known, labels: 3, classifier: sharp)),
            try #require(fit(known, labels: 3, classifier: blind))
        )
        #expect(helped.area >= plain.area && same.detector.concepts.isEmpty && same.detector == plain.detector)
    }

    // Too few photos, photos that do not differ, and black ones, which have no features: no detector rather than a wrong one.
    @Test func hasNothingToSayOfTooLittle() {
        #expect(fit(clouds(0..<3, photos: 3, seed: 9), labels: 3) == nil)
        for value: Float in [0, 1] {
            var same = Clouds()
            for photo in 0..<40 {
                same.features.append([Float](repeating: value, count: Self.columns))
                same.classes.append(photo % 2)
            }
            let result = fit(same, labels: 2)
            #expect(result == nil, "\(value)")
        }
    }
}

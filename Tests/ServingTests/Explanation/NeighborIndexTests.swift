import Domain
import Serving
import Testing

/// The nearest of made vectors, against a look at all of them.
struct NeighborIndexTests {
    private static let featureCount = 21
    private static let photos: [(photo: DatasetImage, features: [Float])] = {
        var random = SeededRandom(seed: 5)
        return (1...60).map { number in
            let features = (0..<featureCount).map { _ in Float(max(0, random.uniform(in: -1...3))) }
            return (photo(Int64(number)), features)
        }
    }()

    static func photo(_ id: Int64, _ split: Split? = .train) -> DatasetImage {
        DatasetImage(
            id: id, digest: PhotoDigest(bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: id), count: 32)),
            label: Label(trusted: "pug"), path: "pug/\(id).jpg", byteCount: 1, version: 1, split: split)
    }

    private func index(_ transform: FeatureTransform) -> NeighborIndex {
        var index = NeighborIndex(transform, featureCount: Self.featureCount)
        for (photo, features) in Self.photos { index.append(photo, features) }
        return index
    }

    /// From the definition, in double precision.
    private static func distance(_ one: [Float], _ other: [Float], _ transform: FeatureTransform) -> Double {
        func vector(_ features: [Float]) -> [Double] {
            features.map { transform == .raw ? Double($0) : Double($0).squareRoot() }
        }
        func product(_ one: [Double], _ other: [Double]) -> Double { zip(one, other).reduce(0) { $0 + $1.0 * $1.1 } }
        let (one, other) = (vector(one), vector(other))
        return 1 - product(one, other) / (product(one, one) * product(other, other)).squareRoot()
    }

    @Test(arguments: FeatureTransform.allCases, [1, 5, 50, 100])
    func findsWhatALookAtAllOfThemFinds(transform: FeatureTransform, count: Int) {
        let index = index(transform)
        var random = SeededRandom(seed: 17)
        for _ in 0..<5 {
            let wanted = (0..<Self.featureCount).map { _ in Float(max(0, random.uniform(in: -1...3))) }
            let expected = Self.photos.map {
                (id: $0.photo.id, distance: Self.distance($0.features, wanted, transform))
            }
            .sorted { $0.distance < $1.distance }.prefix(count)
            let found = index.nearest(to: wanted, count)
            #expect(found.map(\.photo.id) == expected.map(\.id))
            for (one, other) in zip(found, expected) { #expect(abs(one.distance - other.distance) < 2e-6) }
        }
    }

    @Test(arguments: FeatureTransform.allCases)
    func aTrainingPhotoIsNextToItself(transform: FeatureTransform) {
        let index = index(transform)
        for (photo, features) in Self.photos {
            let nearest = index.nearest(to: features, 2)
            #expect(nearest[0].photo.id == photo.id && nearest[0].distance < 2e-6 && nearest[1].distance > 1e-3)
        }
    }

    // The same photo under two labels, and one without any features, which has no direction.
    @Test func ordersWhatIsAtTheSameDistance() {
        var index = NeighborIndex(.squareRootL2, featureCount: 2)
        index.append(Self.photo(9), [1, 2])
        index.append(Self.photo(4), [1, 2])
        index.append(Self.photo(7), [0, 0])
        let found = index.nearest(to: [2, 4], 5)
        #expect(found.map(\.photo.id) == [4, 9, 7])
        #expect(found[0].distance == found[1].distance && found[0].distance < 2e-6 && found[2].distance == 1)
        #expect(index.nearest(to: [0, 0], 3).map(\.distance) == [1, 1, 1])
    }
}

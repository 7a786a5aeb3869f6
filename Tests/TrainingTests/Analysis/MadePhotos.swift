import Domain
import Training

/// Photos as bottlenecks: each is near the middle of its class, and looks like no other.
struct MadePhotos {
    private(set) var photos: [SplitPlan.Photo] = []
    private var random: SeededRandom

    /// - Parameter counts: of each class.
    init(_ counts: [Int], seed: UInt64 = 4) {
        random = SeededRandom(seed: seed)
        for (index, count) in counts.enumerated() { for _ in 0..<count { add(to: index) } }
    }

    var labels: [String] { (0...(photos.map(\.classIndex).max() ?? 0)).map { "class \($0)" } }

    /// - Parameter features: those of the class's own by default.
    mutating func add(
        to classIndex: Int, looking as: Int? = nil, features: [Float]? = nil, appearance: UInt64? = nil,
        digest: PhotoDigest? = nil
    ) {
        let look = `as` ?? classIndex
        let own = (0..<24).map { column -> Float in
            Float(random.uniform(in: 0...0.5)) + (column % 12 == look % 12 && column / 12 == look / 12 % 2 ? 3 : 0)
        }
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        photos.append(
            SplitPlan.Photo(
                path: "class \(classIndex)/\(photos.count).jpg", classIndex: classIndex,
                digest: digest ?? PhotoDigest(bytes: bytes),
                bottleneck: Bottleneck(features: features ?? own, appearance: appearance ?? random.next() | 1)))
    }

    /// The photo at a position, byte for byte.
    mutating func copy(_ position: Int, to classIndex: Int) {
        let photo = photos[position]
        add(
            to: classIndex, features: photo.bottleneck.features, appearance: photo.bottleneck.appearance,
            digest: photo.digest)
    }

    /// The photo at a position, as another file: one bit of its appearance and some of its features differ.
    mutating func resemble(_ position: Int, in classIndex: Int) {
        let bottleneck = photos[position].bottleneck
        add(
            to: classIndex, features: bottleneck.features.map { $0 * 1.01 + 0.01 },
            appearance: bottleneck.appearance ^ 1 << 40)
    }
}

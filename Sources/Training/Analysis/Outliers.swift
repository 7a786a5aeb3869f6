import Domain

/// Photos that look like no class of the dataset, and pictures with nothing in them.
struct Outliers {
    let findings: [Finding]

    /// Beyond this robust z-score a value is an outlier (Iglewicz and Hoaglin, "How to detect and handle outliers", 1993).
    private static let threshold = 3.5
    /// Beyond this one it hardly belongs there.
    private static let likely = 6.0
    /// Cosines that differ by less are equal: where all photos are, the smallest difference would be an outlier.
    private static let smallestScale = 0.005
    /// A spread of fewer photos says nothing.
    private static let smallestCount = 8

    /// Nothing in the picture is brighter than what is left of it, as in one that is all black; or it has no features at all.
    static func isBlank(_ bottleneck: Bottleneck) -> Bool {
        bottleneck.appearance == 0 || bottleneck.features.allSatisfy { $0 == bottleneck.features.first }
    }

    /// - Parameter poll: called often; what it throws ends the computation.
    init(_ examples: Examples, isBlank: [Bool], labels: [String], poll: () throws -> Void) rethrows {
        let shown = examples.classes.indices.filter { !isBlank[$0] }
        let nearest = try Self.nearest(examples.selecting(shown), classCount: labels.count, poll)
        let known = zip(shown, nearest).compactMap { photo, near in near.map { (photo, $0) } }
        let blank = examples.classes.indices.filter { isBlank[$0] }.map { photo in
            Finding(
                kind: .outlier, photos: [photo], subjects: [photo], action: .delete, score: 0, isLikely: true,
                reason: "There is nothing in the picture: it is one colour throughout, or nearly so.")
        }
        findings = blank + Self.far(known, labels)
    }

    /// The class that a photo is most like, and the cosine of the angle between the two.
    private typealias Near = (label: Int, cosine: Double)

    private static func far(_ photos: [(photo: Int, near: Near)], _ labels: [String]) -> [Finding] {
        guard photos.count >= smallestCount else { return [] }
        let middle = photos.map(\.near.cosine).median
        let scale = max(1.4826 * photos.map { abs($0.near.cosine - middle) }.median, smallestScale)
        return photos.map { (photo: $0.photo, near: $0.near, score: (middle - $0.near.cosine) / scale) }
            .filter { $0.score > threshold }
            .sorted { ($1.score, $0.photo) < ($0.score, $1.photo) }
            .map { photo, near, score in
                Finding(
                    kind: .outlier, photos: [photo], subjects: [photo], action: .look, score: score,
                    isLikely: score > likely,
                    reason:
                        "It looks like no class: even to '\(labels[near.label].printable)', the nearest, its similarity is "
                        + "\(near.cosine.shortened), where half of the photos have \(middle.shortened) or more.")
            }
    }

    /// Of each photo, by the cosine of its square-root features and the sum of a class's, itself left out; nil where there is no
    /// other photo.
    private static func nearest(
        _ examples: Examples, classCount: Int, _ poll: () throws -> Void
    ) rethrows -> [Near?] {
        let features = examples.features.transformed(.squareRootL2)
        let columns = features.columns
        var sums = [Float](repeating: 0, count: classCount * columns)
        var counts = [Int](repeating: 0, count: classCount)
        for (row, label) in examples.classes.enumerated() {
            counts[label] += 1
            for (column, value) in features[row].enumerated() { sums[label * columns + column] += value }
        }
        let squares = (0..<classCount).map { label in
            sums[label * columns..<(label + 1) * columns].reduce(0) { $0 + Double($1) * Double($1) }
        }
        var result: [Near?] = []
        for start in stride(from: 0, to: features.rows, by: rowsAtOnce) {
            try poll()
            let rows = Array(start..<min(start + rowsAtOnce, features.rows))
            let products = LinearAlgebra.scores(
                features.selecting(rows), sums, biases: [Float](repeating: 0, count: classCount))
            for (offset, row) in rows.enumerated() {
                let own = examples.classes[row]
                let length = features[row].reduce(0) { $0 + Double($1) * Double($1) }
                var best: Near?
                for label in 0..<classCount where counts[label] > (label == own ? 1 : 0) {
                    var product = Double(products[offset * classCount + label])
                    var square = squares[label]
                    if label == own { (product, square) = (product - length, square - 2 * product + length) }
                    let cosine = square * length > 0 ? min(1, product / (square * length).squareRoot()) : 0
                    if cosine > best?.cosine ?? -.infinity { best = (label, cosine) }
                }
                result.append(best)
            }
        }
        return result
    }

    private static let rowsAtOnce = 1024
}

extension [Double] {
    /// Of an empty list: 0.
    fileprivate var median: Double {
        let order = sorted()
        guard !order.isEmpty else { return 0 }
        return (order[(count - 1) / 2] + order[count / 2]) / 2
    }
}

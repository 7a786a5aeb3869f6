import Domain

/// Photos that look like no class of the dataset, and pictures with nothing in them.
struct Outliers {
    let findings: [PhotoFinding]

    /// Beyond this robust z-score a value is an outlier (Iglewicz and Hoaglin, "How to detect and handle outliers", 1993).
    private static let threshold = 3.5
    /// Beyond this one it hardly belongs there.
    private static let likely = 6.0
    /// Cosines that differ by less are equal: where all photos are, the smallest difference would be an outlier.
    private static let smallestScale = 0.005
    /// A spread of fewer photos says nothing.
    private static let smallestCount = 8

    /// Positions of the pictures with nothing in them.
    let blank: Set<Int>

    /// What is known of a picture without the picture.
    private enum Content {
        /// Something: parts of it are brighter than others.
        case something
        /// Perhaps: no part is brighter than what is left of it, as in one that is all black, and in an even gradient.
        case perhaps
        /// The backbone sees no difference in it at all.
        case nothing

        init(_ bottleneck: Bottleneck) {
            if bottleneck.features.allSatisfy({ $0 == bottleneck.features.first }) {
                self = .nothing
            } else {
                self = bottleneck.appearance == 0 ? .perhaps : .something
            }
        }
    }

    /// - Parameter poll: called often; what it throws ends the computation.
    init(_ photos: [SplitPlan.Photo], _ examples: Examples, labels: [String], poll: () throws -> Void) rethrows {
        let contents = photos.map { Content($0.bottleneck) }
        // Those that may be blank have no say in what a class looks like: many black pictures would make black usual.
        let isUsual = contents.map { $0 == .something }
        let nearest = try Self.nearest(examples, isUsual: isUsual, classCount: labels.count, poll)
        let usual = photos.indices.filter { isUsual[$0] }.compactMap { nearest[$0]?.cosine }
        let scale = usual.count >= Self.smallestCount ? Scale(usual) : nil
        var (blank, far, unsure): ([PhotoFinding], [PhotoFinding], [PhotoFinding]) = ([], [], [])
        for photo in photos.indices {
            let score = nearest[photo].flatMap { near in scale?.score(near.cosine) } ?? 0
            switch contents[photo] {
            case .nothing: blank.append(Self.blank(photo))
            case .perhaps where score > Self.threshold: blank.append(Self.blank(photo))
            case .perhaps where scale == nil: unsure.append(Self.unsure(photo))
            case .something where score > Self.threshold:
                if let near = nearest[photo], let scale { far.append(Self.far(photo, near, scale, labels)) }
            default: break
            }
        }
        self.blank = Set(blank.map { $0.photos[0] })
        findings = blank + far.sorted { ($1.score, $0.photos[0]) < ($0.score, $1.photos[0]) } + unsure
    }

    private static func blank(_ photo: Int) -> PhotoFinding {
        PhotoFinding(
            kind: .outlier, photos: [photo], subjects: [photo], action: .delete, score: 0, isLikely: true,
            reason: "There is nothing in the picture: it is one colour throughout, or nearly so.")
    }

    private static func unsure(_ photo: Int) -> PhotoFinding {
        PhotoFinding(
            kind: .outlier, photos: [photo], subjects: [photo], action: .look, score: 0, isLikely: false,
            reason: "The picture may be one colour throughout: no part of it is brighter than what is left of it.")
    }

    /// The class that a photo is most like, and the cosine of the angle between the two.
    private typealias Near = (label: Int, cosine: Double)

    /// How much cosines differ.
    private struct Scale {
        let middle: Double
        private let deviation: Double

        init(_ cosines: [Double]) {
            let middle = cosines.median
            self.middle = middle
            // 1.4826 times the median deviation is the standard deviation of what is normally distributed.
            deviation = max(1.4826 * cosines.map { abs($0 - middle) }.median, smallestScale)
        }

        /// A robust z-score; of what is less than usual positive.
        func score(_ cosine: Double) -> Double { (middle - cosine) / deviation }
    }

    private static func far(_ photo: Int, _ near: Near, _ scale: Scale, _ labels: [String]) -> PhotoFinding {
        let score = scale.score(near.cosine)
        return PhotoFinding(
            kind: .outlier, photos: [photo], subjects: [photo], action: .look, score: score, isLikely: score > likely,
            reason: "It looks like no class: even to '\(labels[near.label].printable)', the nearest, its similarity is "
                + "\(near.cosine.shortened), where half of the photos have \(scale.middle.shortened) or more.")
    }

    /// Of each photo, by the cosine of its square-root features and the sum of a class's usual ones, itself left out; nil where
    /// there is no other photo.
    private static func nearest(
        _ examples: Examples, isUsual: [Bool], classCount: Int, _ poll: () throws -> Void
    ) rethrows -> [Near?] {
        let features = examples.features.transformed(.squareRootL2)
        let columns = features.columns
        var sums = [Float](repeating: 0, count: classCount * columns)
        var counts = [Int](repeating: 0, count: classCount)
        for (row, label) in examples.classes.enumerated() where isUsual[row] {
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
                let own = isUsual[row] ? examples.classes[row] : nil
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

package import Domain
import Foundation

/// Fits a detector of unknown photos to the photos that a model is trained on, without any unknown ones: a photo that was held
/// out, with its own class left out of everything that is measured, stands for a photo of a class that nobody has trained.
package struct UnknownDetectorFit {
    private let labelCount: Int
    private let held: HeldOutPredictions
    private let photos: UnknownFeatures
    private let classes: [Int]
    private let classifier: LinearLayer?
    /// Photos of none of the classes, and what the head takes them for.
    private let negatives: (photos: UnknownFeatures, probabilities: [Float])?

    /// How many known photos must have been held out for their scores to say anything.
    package static let leastPhotos = 20
    /// The part of the known photos that may be taken for unknown.
    package static let falseAlarms = 0.05
    private static let negativeLimit = 64
    private static let negativeWeights = [1.0, 2, 4, 8]

    /// - Parameters:
    ///   - features: of the train, then the validation photos, not transformed.
    ///   - classes: of each of them.
    ///   - held: predictions of some of them by heads that had not seen them.
    ///   - classifier: the backbone's own last layer, or nil.
    ///   - negatives: photos of none of the classes, and the head's probabilities for them.
    package init(
        _ features: FeatureMatrix, classes: [Int], _ held: HeldOutPredictions, classifier: LinearLayer?,
        negatives: (features: FeatureMatrix, probabilities: [Float])? = nil
    ) {
        labelCount = held.labelCount
        self.held = held
        self.classes = classes
        self.classifier = classifier
        photos = UnknownFeatures(features, classifier)
        self.negatives = negatives.flatMap { negatives in
            negatives.features.rows > 0
                ? (UnknownFeatures(negatives.features, classifier), negatives.probabilities) : nil
        }
    }

    /// What a fit has come to.
    package struct Result: Sendable {
        package let detector: UnknownDetector
        /// Area under the ROC curve: how often a held-out photo with its class left out has a higher score than one with it.
        package let area: Double
        /// Part of the given photos of none of the classes that are recognised as such; nil where there are none.
        package let negativesFound: Double?
    }

    /// - Parameter poll: called every few tenths of a second; what it throws ends the fit.
    /// - Returns: nil where there are too few photos, or where they do not differ.
    package func fit(poll: () throws -> Void) rethrows -> Result? {
        guard labelCount >= 2, held.photos.count >= Self.leastPhotos else { return nil }
        // With two classes, leaving one out leaves no second one to compare with, and no doubt.
        let isPair = labelCount == 2
        let margin = isPair ? 0 : 0.5
        let (known, pseudo, others) = try measures(margin, poll)
        func term(_ value: (UnknownMeasures) -> Double, weight: Double) -> UnknownDetector.Term {
            let (mean, deviation) = Self.moments(known.map(value))
            return deviation > 1e-9
                ? UnknownDetector.Term(mean: mean, deviation: deviation, weight: weight)
                : UnknownDetector.Term(weight: 0)
        }
        var terms = UnknownDetector.Terms(
            similarity: term(\.similarity, weight: 1), doubt: term(\.doubt, weight: isPair ? 0 : 1),
            concepts: term(\.concepts, weight: 0), negatives: term(\.negatives, weight: others.isEmpty ? 0 : 1))
        var area = Self.area(known.map(terms.sum), pseudo.map(terms.sum))
        if photos.concepts.columns > 0 {
            var with = terms
            with.concepts = term(\.concepts, weight: 1)
            let better = Self.area(known.map(with.sum), pseudo.map(with.sum))
            if better > area { (terms, area) = (with, better) }
        }
        guard terms.similarity.weight != 0 else { return nil }
        // They are real examples of what is unknown, so they count as much as helps most, with photos like them and with photos of
        // classes that nobody has trained together.
        if !others.isEmpty {
            let candidates = Self.negativeWeights.map { weight in
                var terms = terms
                terms.negatives = term(\.negatives, weight: weight)
                let own = known.map(terms.sum)
                let area = Self.area(own, pseudo.map(terms.sum))
                return (terms: terms, area: area, both: area + Self.area(own, others.map(terms.sum)))
            }
            if let best = candidates.max(by: { $0.both < $1.both }) { (terms, area) = (best.terms, best.area) }
        }
        return result(
            terms, margin, known.map(terms.sum), (others.isEmpty ? pseudo : others).map(terms.sum), others.count, area)
    }

    private func result(
        _ terms: UnknownDetector.Terms, _ margin: Double, _ known: [Double], _ unknown: [Double], _ negativeCount: Int,
        _ area: Double
    ) -> Result? {
        let (slope, intercept) = Self.logistic(known, unknown)
        let limit = known.sorted()[min(known.count - 1, Int((1 - Self.falseAlarms) * Double(known.count)))]
        let threshold = 1 / (1 + exp(-(slope * limit + intercept)))
        let isUsed = terms.concepts.weight != 0
        let detector = UnknownDetector(
            prototypes: Self.normalised(Sums(photos.shapes, classes, labelCount).means()),
            concepts: isUsed ? Self.normalised(Sums(photos.concepts, classes, labelCount).means()) : [],
            negatives: negatives.map { $0.photos.shapes.spread(Self.negativeLimit).flatMap(\.self) } ?? [],
            margin: margin, terms: terms, slope: slope, intercept: intercept, threshold: threshold)
        guard slope.isFinite, intercept.isFinite, threshold.isFinite else { return nil }
        let found = unknown.suffix(negativeCount).count { $0 > limit }
        return Result(
            detector: detector, area: area,
            negativesFound: negativeCount > 0 ? Double(found) / Double(negativeCount) : nil)
    }

    // MARK: Measures

    /// Of the held-out photos as they are, with their own class left out, and of the photos of none of the classes.
    private func measures(_ margin: Double, _ poll: () throws -> Void) rethrows -> (
        known: [UnknownMeasures], pseudo: [UnknownMeasures], others: [UnknownMeasures]
    ) {
        let shapes = Sums(photos.shapes, classes, labelCount)
        let concepts = Sums(photos.concepts, classes, labelCount)
        var (known, pseudo, others): ([UnknownMeasures], [UnknownMeasures], [UnknownMeasures]) = ([], [], [])
        let allNegatives = negatives.map { $0.photos.shapes.spread(Self.negativeLimit).flatMap(\.self) } ?? []
        for fold in Set(held.folds).sorted() {
            try poll()
            let members = held.photos.indices.filter { held.folds[$0] == fold }
            let positions = members.map { held.photos[$0] }
            let table = Table(
                photos.shapes.selecting(positions), photos.concepts.selecting(positions),
                Self.normalised(shapes.means(without: positions)), Self.normalised(concepts.means(without: positions)),
                allNegatives, labelCount)
            for (row, photo) in members.enumerated() {
                known.append(table.measures(row, held[photo], margin))
                pseudo.append(table.measures(row, held[photo], margin, excluded: held.classes[photo]))
            }
        }
        guard let negatives else { return (known, pseudo, []) }
        // Each half is looked at beside the other, as a new photo will be.
        let halves = try Self.halves(of: negatives.photos.shapes, poll)
        for half in 0..<2 {
            let (own, rest) = (halves[half], halves[1 - half])
            let table = Table(
                negatives.photos.shapes.selecting(own), negatives.photos.concepts.selecting(own),
                Self.normalised(shapes.means()), Self.normalised(concepts.means()),
                negatives.photos.shapes.selecting(rest).spread(Self.negativeLimit).flatMap(\.self), labelCount)
            for (row, photo) in own.enumerated() {
                let probabilities = negatives.probabilities[photo * labelCount..<(photo + 1) * labelCount]
                others.append(table.measures(row, probabilities, margin))
            }
        }
        return (known, pseudo, others)
    }

    /// Photos that are nearly the same, as a film's frames or two cuts of one photo, come into one half: beside its own copy every
    /// photo would be recognised.
    private static func halves(of photos: FeatureMatrix, _ poll: () throws -> Void) rethrows -> [[Int]] {
        let count = min(photos.rows, measuredNegatives)
        let rows = (0..<count).map { $0 * photos.rows / count }
        let chosen = photos.selecting(rows)
        let cosines = LinearAlgebra.products(chosen, chosen.values, count: count)
        try poll()
        var sets = DisjointSets(count: count)
        for place in rows.indices {
            for other in 0..<place where cosines[place * count + other] >= sameness { sets.join(place, other) }
        }
        var groups = Dictionary(grouping: rows.indices) { sets.root(of: $0) }.values
            .sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }
        // Beside all others there must be something: of one film, what was taken first and what later.
        if let largest = groups.first, 4 * largest.count > 3 * count {
            groups[0] = Array(largest[..<(largest.count / 2)])
            groups.insert(Array(largest[(largest.count / 2)...]), at: 1)
        }
        var halves: [[Int]] = [[], []]
        for members in groups {
            halves[halves[0].count <= halves[1].count ? 0 : 1] += members.map { rows[$0] }
        }
        return halves.map { $0.sorted() }
    }

    /// As many photos of none of the classes say how well they are recognised.
    private static let measuredNegatives = 1000
    /// The cosine of two photos that are nearly the same; of 296 different pets the nearest two have 0.87.
    private static let sameness: Float = 0.9

    /// What some photos have to do with the classes.
    private struct Table {
        private let similarities: [Float]
        private let concepts: [Float]
        private let negatives: [Float]
        private let labelCount: Int
        private let negativeCount: Int

        init(
            _ shapes: FeatureMatrix, _ concepts: FeatureMatrix, _ prototypes: [Float], _ conceptPrototypes: [Float],
            _ negatives: [Float], _ labelCount: Int
        ) {
            similarities = LinearAlgebra.products(shapes, prototypes, count: labelCount)
            self.concepts = LinearAlgebra.products(concepts, conceptPrototypes, count: labelCount)
            negativeCount = negatives.count / max(shapes.columns, 1)
            self.negatives = LinearAlgebra.products(shapes, negatives, count: negativeCount)
            self.labelCount = labelCount
        }

        func measures(
            _ row: Int, _ probabilities: ArraySlice<Float>, _ margin: Double, excluded: Int? = nil
        ) -> UnknownMeasures {
            let own = row * labelCount..<(row + 1) * labelCount
            return UnknownMeasures(
                similarities: similarities[own], probabilities: probabilities,
                concepts: concepts.isEmpty ? [] : concepts[own],
                negative: negatives.isEmpty ? nil : negatives[row * negativeCount..<(row + 1) * negativeCount].max(),
                margin: margin, excluded: excluded)
        }
    }

    /// Sums of vectors by class, from which those of some photos can be taken off.
    private struct Sums {
        private let matrix: FeatureMatrix
        private let classes: [Int]
        private let labelCount: Int
        private var sums: [Double]
        private var counts: [Int]

        init(_ matrix: FeatureMatrix, _ classes: [Int], _ labelCount: Int) {
            self.matrix = matrix
            self.classes = classes
            self.labelCount = labelCount
            sums = [Double](repeating: 0, count: labelCount * matrix.columns)
            counts = [Int](repeating: 0, count: labelCount)
            for row in classes.indices { add(row, 1) }
        }

        private mutating func add(_ row: Int, _ sign: Int) {
            let start = classes[row] * matrix.columns
            counts[classes[row]] += sign
            for (column, value) in matrix[row].enumerated() { sums[start + column] += Double(sign) * Double(value) }
        }

        /// `[labels, columns]`
        func means(without photos: [Int] = []) -> [[Float]] {
            var rest = self
            for photo in photos { rest.add(photo, -1) }
            return (0..<labelCount).map { label in
                let count = Double(max(rest.counts[label], 1))
                return rest.sums[label * matrix.columns..<(label + 1) * matrix.columns].map { Float($0 / count) }
            }
        }
    }

    private static func normalised(_ vectors: [[Float]]) -> [Float] {
        vectors.flatMap { vector -> [Float] in
            let length = LinearAlgebra.dot(vector, vector).squareRoot()
            return length > 0 ? vector.map { $0 / Float(length) } : vector
        }
    }

    // MARK: Statistics

    private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let count = Double(max(values.count, 1))
        let mean = values.reduce(0, +) / count
        return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot())
    }

    /// How often one of the second is larger than one of the first; equals count half (Mann and Whitney, 1947).
    static func area(_ first: [Double], _ second: [Double]) -> Double {
        guard !first.isEmpty, !second.isEmpty else { return 0.5 }
        let ordered = first.sorted()
        func position(_ value: Double, _ isBefore: (Double, Double) -> Bool) -> Int {
            var (low, high) = (0, ordered.count)
            while low < high {
                let middle = (low + high) / 2
                if isBefore(ordered[middle], value) { low = middle + 1 } else { high = middle }
            }
            return low
        }
        let sum = second.reduce(0.0) { $0 + Double(position($1, <) + position($1, <=)) / 2 }
        return sum / Double(first.count) / Double(second.count)
    }

    /// Logistic regression on one number, both sides counting alike, by Newton's method; a little ridge keeps it finite where the
    /// sides do not overlap.
    private static func logistic(_ known: [Double], _ unknown: [Double]) -> (slope: Double, intercept: Double) {
        var (slope, intercept) = (0.0, 0.0)
        let samples =
            known.map { ($0, 0.0, 0.5 / Double(max(known.count, 1))) }
            + unknown.map { ($0, 1.0, 0.5 / Double(max(unknown.count, 1))) }
        let ridge = 1e-3
        for _ in 0..<50 {
            var (first, second, third, down, across) = (ridge, ridge, 0.0, -ridge * slope, -ridge * intercept)
            for (value, target, weight) in samples {
                let probability = 1 / (1 + exp(-(slope * value + intercept)))
                let curvature = weight * probability * (1 - probability)
                first += curvature * value * value
                second += curvature
                third += curvature * value
                down += weight * (target - probability) * value
                across += weight * (target - probability)
            }
            let determinant = first * second - third * third
            guard determinant > 0 else { break }
            let (change, shift) = (
                (second * down - third * across) / determinant, (first * across - third * down) / determinant
            )
            slope += change
            intercept += shift
            if abs(change) + abs(shift) < 1e-9 { break }
        }
        return (max(slope, 1e-3), intercept)
    }
}

extension FeatureMatrix {
    /// At most so many of the rows, each as far as can be from those before it (Gonzalez, 1985): they cover what there is.
    fileprivate func spread(_ limit: Int) -> [[Float]] {
        guard rows > limit else { return (0..<rows).map { Array(self[$0]) } }
        var chosen = [0]
        var nearest = [Float](repeating: -.infinity, count: rows)
        while chosen.count < limit {
            let newest = Array(self[chosen[chosen.count - 1]])
            let products = LinearAlgebra.products(self, newest, count: 1)
            for row in 0..<rows { nearest[row] = max(nearest[row], products[row]) }
            guard let next = nearest.indices.min(by: { nearest[$0] < nearest[$1] }) else { break }
            chosen.append(next)
        }
        return chosen.map { Array(self[$0]) }
    }
}

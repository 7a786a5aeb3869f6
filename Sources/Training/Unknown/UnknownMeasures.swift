package import Domain
import Foundation

/// What is measured of a photo to find out whether it is of any known class; the larger each, the less it seems so.
struct UnknownMeasures {
    /// How unlike it is to the mean of any class: minus the largest cosine, less a part of the second largest, since a photo of
    /// something else often looks a little like several classes.
    var similarity: Double
    /// The log odds that the head's answer is wrong, by the head.
    var doubt: Double
    /// How unlike that which the backbone, as it was pretrained, takes it for is to what it takes any class's photos for: minus
    /// the largest Bhattacharyya coefficient with a class's mean.
    var concepts: Double
    /// How much more it is like a photo of none of the classes than like any class.
    var negatives: Double

    /// - Parameters:
    ///   - similarities: to the classes.
    ///   - concepts: to the classes' concepts; empty where they are not used.
    ///   - negative: the largest to a photo of none of the classes, if there are any.
    ///   - excluded: a class that is to be treated as if nobody had trained it.
    init(
        similarities: some Collection<Float>, probabilities: some Collection<Float>, concepts: some Collection<Float>,
        negative: Float?, margin: Double, excluded: Int? = nil
    ) {
        let (first, second) = Self.twoLargest(similarities, excluded)
        similarity = -(Double(first) - margin * Double(second))
        var (largest, sum): (Float, Float) = (0, 0)
        for (index, probability) in probabilities.enumerated() where index != excluded {
            largest = max(largest, probability)
            sum += probability
        }
        let certainty = min(max(Double(largest) / max(Double(sum), 1e-30), 1e-6), 1 - 1e-6)
        doubt = log((1 - certainty) / certainty)
        self.concepts = -Double(concepts.isEmpty ? 0 : Self.twoLargest(concepts, excluded).0)
        negatives = negative.map { Double($0 - first) } ?? 0
    }

    private static func twoLargest(_ values: some Collection<Float>, _ excluded: Int?) -> (Float, Float) {
        var (first, second): (Float, Float) = (-1, -1)
        for (index, value) in values.enumerated() where index != excluded {
            if value > first {
                (first, second) = (value, first)
            } else {
                second = max(second, value)
            }
        }
        return (first, second)
    }
}

extension UnknownDetector.Terms {
    func sum(_ measures: UnknownMeasures) -> Double {
        similarity.value(measures.similarity) + doubt.value(measures.doubt) + concepts.value(measures.concepts)
            + negatives.value(measures.negatives)
    }
}

extension UnknownDetector.Term {
    fileprivate func value(_ measure: Double) -> Double { weight == 0 ? 0 : weight * (measure - mean) / deviation }
}

/// The bottlenecks as prototypes are made of and compared with.
struct UnknownFeatures {
    /// Square roots, of length 1: `[photos, features]`.
    let shapes: FeatureMatrix
    /// Square roots of the probabilities of the backbone's own classes: `[photos, pretrained classes]`; no columns without them.
    let concepts: FeatureMatrix

    /// - Parameter classifier: the backbone's own last layer, or nil.
    init(_ features: FeatureMatrix, _ classifier: LinearLayer?) {
        shapes = features.transformed(.squareRootL2)
        guard let classifier, classifier.inputs == features.columns else {
            concepts = FeatureMatrix(columns: 0, rows: features.rows)
            return
        }
        let scale = Float(1 / Self.temperature)
        var scores = LinearAlgebra.scores(features, classifier.weights, biases: classifier.biases).map { $0 * scale }
        Softmax.apply(toRowsOf: &scores, classCount: classifier.outputs)
        concepts = FeatureMatrix(scores.map { $0.squareRoot() }, columns: classifier.outputs)
    }

    /// Of the backbone's own classes; below 1, so that the few that fit count.
    private static let temperature = 0.7
}

extension UnknownDetector {
    /// How little a photo seems to be of any class that the model knows: 0…1.
    /// - Parameters:
    ///   - features: the bottleneck, not transformed: `[features]`.
    ///   - probabilities: that the model's head gives: `[labels]`.
    ///   - classifier: the backbone's own last layer, where the detector uses it.
    package func score(_ features: [Float], probabilities: [Float], classifier: LinearLayer?) -> Double {
        scores(FeatureMatrix([features]), probabilities: probabilities, classifier: classifier)[0]
    }

    /// The same of several photos.
    package func scores(_ features: FeatureMatrix, probabilities: [Float], classifier: LinearLayer?) -> [Double] {
        sums(UnknownFeatures(features, concepts.isEmpty ? nil : classifier), probabilities).map {
            1 / (1 + exp(-(slope * $0 + intercept)))
        }
    }

    /// The terms' sum of each photo.
    func sums(_ photos: UnknownFeatures, _ probabilities: [Float]) -> [Double] {
        let columns = photos.shapes.columns
        let labelCount = prototypes.count / max(columns, 1)
        let similarities = LinearAlgebra.products(photos.shapes, prototypes, count: labelCount)
        let concepts = LinearAlgebra.products(photos.concepts, concepts, count: labelCount)
        let negativeCount = negatives.count / max(columns, 1)
        let others = LinearAlgebra.products(photos.shapes, negatives, count: negativeCount)
        return (0..<photos.shapes.rows).map { photo in
            let own = photo * labelCount..<(photo + 1) * labelCount
            return terms.sum(
                UnknownMeasures(
                    similarities: similarities[own], probabilities: probabilities[own],
                    concepts: concepts.isEmpty ? [] : concepts[own],
                    negative: others[photo * negativeCount..<(photo + 1) * negativeCount].max(), margin: margin))
        }
    }
}

extension LinearAlgebra {
    /// `[rows, count] = features[rows, columns] · vectorsᵀ[count, columns]`; empty where there is nothing to multiply.
    static func products(_ features: FeatureMatrix, _ vectors: [Float], count: Int) -> [Float] {
        guard !vectors.isEmpty, features.columns > 0 else { return [] }
        return scores(features, vectors, biases: [Float](repeating: 0, count: count))
    }
}

extension Abstention {
    /// Whether a model would rather not answer.
    /// - Parameters:
    ///   - features: the bottleneck, not transformed: `[features]`.
    ///   - probabilities: that the model's head gives: `[labels]`.
    ///   - classifier: the backbone's own last layer, where the detector of unknown photos uses it.
    /// - Returns: the unknown score, where the model can tell it, and the reason not to answer, if there is one.
    package func judge(
        _ features: [Float], probabilities: [Float], classifier: LinearLayer?
    ) -> (unknownScore: Double?, reason: Reason?) {
        let score = unknown?.score(features, probabilities: probabilities, classifier: classifier)
        if let score, let unknown, score > unknown.threshold { return (score, .unknown) }
        let isUnsure = confidenceThreshold.map { Double(probabilities.max() ?? 0) < $0 } ?? false
        return (score, isUnsure || isNeverSure ? .unsure : nil)
    }
}

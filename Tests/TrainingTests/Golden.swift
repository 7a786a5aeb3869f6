import Domain
import Foundation
import Training

/// What scikit-learn, SciPy, statsmodels and NumPy computed: made by `scripts/golden_training.py`.
struct Golden: Decodable {
    struct Regression: Decodable {
        let rows: Int
        let columns: Int
        let classes: Int
        let penalty: Double
        let transform: FeatureTransform
        let weights: [Double]
        let biases: [Double]
        let probabilities: [Double]
    }

    struct Retrain: Decodable {
        let rows: Int
        let columns: Int
        let classes: Int
        let steps: Int
        let batch: Int
        let rate: Double
        let seed: UInt64
        let weights: [Double]
        let biases: [Double]
    }

    struct Metrics: Decodable {
        let truth: [Int]
        let accuracy: Double
        let crossEntropy: Double
        let precision: [Double]
        let recall: [Double]
        let f1: [Double]
        let support: [Int]
        let temperature: Double
        let temperedCrossEntropy: Double
    }

    struct Wilson: Decodable {
        let successes: Int
        let count: Int
        let lower: Double
        let upper: Double
    }

    struct Ranking: Decodable {
        let truth: [Int]
        let topFive: Double
        let averagePrecisions: [Double]
        let thresholds: [Double]
        let precisions: [Double]
        let recalls: [Double]
        let coverages: [Double]
        let binCounts: [Int]
        let binAccuracies: [Double]
        let binConfidences: [Double]
        let calibrationError: Double
    }

    struct McNemar: Decodable {
        let first: Int
        let second: Int
        let pValue: Double
    }

    let regressions: [Regression]
    let retrain: Retrain
    let metrics: Metrics
    let wilson: [Wilson]
    let ranking: Ranking
    let mcnemar: [McNemar]

    static let shared: Golden = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let url = Bundle.module.url(forResource: "training", withExtension: "json", subdirectory: "Golden"),
            let data = try? Data(contentsOf: url), let golden = try? decoder.decode(Golden.self, from: data)
        else { fatalError("Tests/TrainingTests/Golden/training.json is missing or broken") }
        return golden
    }()

    /// The formula of the script.
    static func examples(rows: Int, columns: Int, classes: Int) -> Examples {
        let vectors: [[Float]] = (0..<rows).map { i in
            (0..<columns).map { j in
                let wave: Double = sin(0.7 * Double(i) + 1.3 * Double(j))
                let ofClass: Double = cos(2.1 * Double(j) * Double(1 + i % classes))
                return Float(wave + 0.9 * ofClass)
            }
        }
        return Examples(features: FeatureMatrix(vectors), classes: (0..<rows).map { $0 % classes })
    }

    static func labels(_ count: Int) -> [String] { (0..<count).map { "class \($0)" } }
}

/// The largest absolute difference.
func distance(_ left: some Sequence<Float>, _ right: [Double]) -> Double {
    zip(left, right).map { abs(Double($0) - $1) }.max() ?? .infinity
}

extension SoftmaxRegression {
    /// A regression in a space of its own.
    init(_ examples: Examples, labels: [String], transform: FeatureTransform, poll: () throws -> Void) rethrows {
        let space = try FeatureSpace(examples, labels: labels, transform: transform, poll: poll)
        try self.init(space, poll: poll)
    }
}

import Domain

/// Fits heads to one set of labelled bottlenecks: what all fits on the same photos share is computed once.
struct SoftmaxRegression: Sendable {
    /// Transformed and centred.
    private let features: FeatureMatrix
    private let centre: [Float]
    private let gram: [Float]
    private let classes: [Int]
    private let labels: [String]
    private let transform: FeatureTransform

    /// - Parameter examples: not yet transformed.
    init(_ examples: Examples, labels: [String], transform: FeatureTransform) {
        let transformed = examples.features.transformed(transform)
        centre = transformed.columnMeans()
        self.features = transformed.subtracting(centre)
        gram = LinearAlgebra.gram(self.features, scale: 1 / Float(max(examples.count, 1)))
        classes = examples.classes
        self.labels = labels
        self.transform = transform
    }

    /// The mean squared length of a centred row: the scale on which a penalty is small or large.
    var spread: Double {
        (0..<features.columns).reduce(0) { $0 + Double(gram[$1 * features.columns + $1]) }
    }

    /// A preconditioner for fits on all or most of the photos.
    func preconditioner(penalty: Double, curvature: Double) -> Preconditioner {
        Preconditioner(
            gram: gram, columns: features.columns, classCount: labels.count, curvature: curvature, penalty: penalty)
    }

    struct Fit: Sendable {
        let parameters: [Float]
        let curvature: Double
    }

    /// Fits on some of the photos.
    /// - Parameters:
    ///   - rows: which; nil for all.
    ///   - classWeights: how much a photo of each class counts.
    ///   - start: parameters of a fit that is near, or nil.
    ///   - observe: called with the head at each step.
    func fit(
        rows: [Int]?, classWeights: [Float], penalty: Double, preconditioner: Preconditioner, start: [Float]? = nil,
        search: LBFGS = LBFGS(), observe: (Int, Head, SoftmaxProblem.Value) throws -> Void = { _, _, _ in }
    ) rethrows -> Fit {
        let rowClasses = rows.map { $0.map { classes[$0] } } ?? classes
        let total = rowClasses.reduce(0) { $0 + classWeights[$1] }
        let problem = SoftmaxProblem(
            features: rows.map(features.selecting) ?? features, classes: rowClasses, classCount: labels.count,
            weights: rowClasses.map { classWeights[$0] / total }, penalty: penalty)
        let origin = start ?? [Float](repeating: 0, count: problem.parameterCount)
        let found = try search.minimise(problem, from: origin, preconditioner: preconditioner) { step in
            try observe(step.number, head(step.parameters), step.value)
        }
        return Fit(parameters: found.parameters, curvature: found.value.curvature)
    }

    /// The head that the parameters of a fit mean for features that are not centred.
    func head(_ parameters: [Float]) -> Head {
        let columns = features.columns
        let weights = Array(parameters[..<(labels.count * columns)])
        let biases = labels.indices.map { index in
            var shift = 0.0
            for column in 0..<columns { shift += Double(weights[index * columns + column]) * Double(centre[column]) }
            return Float(Double(parameters[labels.count * columns + index]) - shift)
        }
        return Head(
            labels: labels, transform: transform, featureCount: columns, weights: weights, biases: biases)
    }

    /// Scores of some of the photos under the parameters of a fit: `[rows, labels]`.
    func scores(_ parameters: [Float], rows: [Int]) -> [Float] {
        let selected = features.selecting(rows)
        let biases = parameters[(labels.count * features.columns)...]
        var scores: [Float] = []
        for _ in rows { scores += biases }
        LinearAlgebra.multiply(
            selected.values, timesTransposeOf: parameters, m: rows.count, n: labels.count, k: features.columns,
            keep: 1, into: &scores)
        return scores
    }
}

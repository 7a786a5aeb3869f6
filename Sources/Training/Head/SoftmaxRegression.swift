package import Domain

/// Fits heads to one set of labelled bottlenecks: what all fits on the same photos share is computed once.
package struct SoftmaxRegression: Sendable {
    /// Transformed and centred; in a basis of their span where there are fewer photos than features, which makes a fit
    /// on a few hundred photos five to ten times as quick.
    private let features: FeatureMatrix
    private let basis: SpanBasis?
    private let centre: [Float]
    private let gram: [Float]
    private let classes: [Int]
    private let labels: [String]
    private let transform: FeatureTransform

    /// - Parameters:
    ///   - examples: not yet transformed.
    ///   - poll: called every few tenths of a second; what it throws ends the computation.
    package init(
        _ examples: Examples, labels: [String], transform: FeatureTransform, poll: () throws -> Void
    ) rethrows {
        let transformed = examples.features.transformed(transform)
        try poll()
        centre = transformed.columnMeans()
        let centred = transformed.subtracting(centre)
        try poll()
        basis = (1..<centred.columns).contains(centred.rows) ? try SpanBasis(centred, poll: poll) : nil
        features = basis?.coordinates ?? centred
        gram = try LinearAlgebra.gram(features, scale: 1 / Float(max(examples.count, 1)), poll: poll)
        classes = examples.classes
        self.labels = labels
        self.transform = transform
    }

    /// The mean squared length of a centred row: the scale on which a penalty is small or large.
    package var spread: Double {
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
    ///   - poll: called before each look at all photos; what it throws ends the fit.
    ///   - observe: called at each step; makes the head of that step if it is called.
    func fit(
        rows: [Int]?, classWeights: [Float], penalty: Double, preconditioner: Preconditioner, start: [Float]? = nil,
        search: LBFGS = LBFGS(), poll: () throws -> Void,
        observe: (Int, @escaping () -> Head, SoftmaxProblem.Value) throws -> Void = { _, _, _ in }
    ) rethrows -> Fit {
        let rowClasses = rows.map { $0.map { classes[$0] } } ?? classes
        let total = rowClasses.reduce(0) { $0 + classWeights[$1] }
        let problem = SoftmaxProblem(
            features: rows.map(features.selecting) ?? features, classes: rowClasses, classCount: labels.count,
            weights: rowClasses.map { classWeights[$0] / total }, penalty: penalty)
        let origin = start ?? [Float](repeating: 0, count: problem.parameterCount)
        let found = try search.minimise(problem, from: origin, preconditioner: preconditioner, poll: poll) { step in
            try observe(step.number, { head(step.parameters) }, step.value)
        }
        return Fit(parameters: found.parameters, curvature: found.value.curvature)
    }

    /// Fits on all photos: first with the strongest of the penalties, then with each weaker one from the solution before
    /// it. Starting with a weak one from nothing takes many more steps, since the preconditioner is then far off.
    /// - Parameters:
    ///   - penalties: from strong to weak; the last is the one that counts.
    ///   - poll: called before each look at all photos; what it throws ends the fits.
    ///   - observe: called at each step of all fits, numbered on; makes the head of that step if it is called.
    package func fit(
        along penalties: [Double], classWeights: [Float], poll: () throws -> Void,
        observe: (Int, @escaping () -> Head, SoftmaxProblem.Value) throws -> Void
    ) rethrows -> Head {
        var start: [Float]?
        var curvature = initialCurvature
        var stepsBefore = 0
        for penalty in penalties {
            var last = 0
            let fit = try self.fit(
                rows: nil, classWeights: classWeights, penalty: penalty,
                preconditioner: preconditioner(penalty: penalty, curvature: curvature), start: start, poll: poll
            ) { number, head, value in
                last = number
                // Where one fit starts is where the one before it stopped.
                if number > 0 || stepsBefore == 0 { try observe(stepsBefore + number, head, value) }
            }
            (start, curvature) = (fit.parameters, fit.curvature)
            stepsBefore += last
        }
        return head(start ?? [])
    }

    /// Mean of p (1 − p) where nothing is known yet and all classes are equally likely.
    var initialCurvature: Double { (1 - 1 / Double(labels.count)) / Double(labels.count) }

    /// The head that the parameters of a fit mean for features that are not centred.
    func head(_ parameters: [Float]) -> Head {
        let inner = Array(parameters[..<(labels.count * features.columns)])
        let weights = basis?.expand(inner, count: labels.count) ?? inner
        let columns = centre.count
        let biases = labels.indices.map { index in
            var shift = 0.0
            for column in 0..<columns { shift += Double(weights[index * columns + column]) * Double(centre[column]) }
            return Float(Double(parameters[labels.count * features.columns + index]) - shift)
        }
        return Head(
            labels: labels, transform: transform, featureCount: columns, weights: weights, biases: biases)
    }

    /// Scores of some of the photos under the parameters of a fit: `[rows, labels]`.
    func scores(_ parameters: [Float], rows: [Int]) -> [Float] {
        LinearAlgebra.scores(
            features.selecting(rows), parameters, biases: parameters[(labels.count * features.columns)...])
    }
}

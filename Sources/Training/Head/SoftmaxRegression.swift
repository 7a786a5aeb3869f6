package import Domain

/// Multinomial logistic regression on one set of labelled bottlenecks: what all its fits share is computed once.
package struct SoftmaxRegression: Sendable {
    private let space: FeatureSpace
    /// The lower triangle of Σ x xᵀ / rows.
    private let gram: [Float]

    /// - Parameters:
    ///   - gram: the lower triangle of Σ x xᵀ over all rows, where somebody has it already.
    ///   - poll: called every few tenths of a second; what it throws ends the computation.
    package init(_ space: FeatureSpace, gram: [Float]? = nil, poll: () throws -> Void) rethrows {
        self.space = space
        let scale = 1 / Float(max(space.features.rows, 1))
        self.gram = try (gram ?? space.gram(poll: poll)).map { $0 * scale }
    }

    /// The mean squared length of a centred row: the scale on which a penalty is small or large.
    package var spread: Double {
        (0..<space.columns).reduce(0) { $0 + Double(gram[$1 * space.columns + $1]) }
    }

    /// A preconditioner for fits on all or most of the rows.
    func preconditioner(penalty: Double, curvature: Double) -> Preconditioner {
        Preconditioner(
            gram: gram, columns: space.columns, classCount: space.labels.count, curvature: curvature, penalty: penalty)
    }

    struct Fit: Sendable {
        let parameters: [Float]
        let curvature: Double
    }

    /// Fits on some of the rows: first with the strongest of the penalties, then with each weaker one from the solution
    /// before it. Starting with a weak one from nothing takes many more steps, since the preconditioner is then far off.
    /// - Parameters:
    ///   - rows: which; nil for all.
    ///   - penalties: from strong to weak.
    ///   - classWeights: how much a row of each class counts.
    ///   - start: a fit that is near, or nil.
    ///   - approach: how the fits before the last are searched for, where they only lead to it; nil for the same way.
    ///   - poll: called before each look at all rows; what it throws ends the fits.
    ///   - observe: called at each step of all fits, numbered on; makes the head of that step if it is called.
    /// - Returns: one fit a penalty.
    func fits(
        rows: [Int]?, penalties: [Double], classWeights: [Float], start: Fit? = nil, search: LBFGS = LBFGS(),
        approach: LBFGS? = nil, poll: () throws -> Void,
        observe: (Int, @escaping () -> Head, SoftmaxProblem.Value) throws -> Void = { _, _, _ in }
    ) rethrows -> [Fit] {
        let features = rows.map(space.features.selecting) ?? space.features
        let classes = rows.map { $0.map { space.classes[$0] } } ?? space.classes
        let total = classes.reduce(0) { $0 + classWeights[$1] }
        let weights = classes.map { classWeights[$0] / total }
        var last =
            start ?? Fit(parameters: [Float](repeating: 0, count: space.parameterCount), curvature: initialCurvature)
        var (fits, stepsBefore): ([Fit], Int) = ([], 0)
        for (index, penalty) in penalties.enumerated() {
            let problem = SoftmaxProblem(
                features: features, classes: classes, classCount: space.labels.count, weights: weights, penalty: penalty
            )
            var steps = 0
            let found = try (index < penalties.count - 1 ? approach ?? search : search).minimise(
                problem, from: last.parameters,
                preconditioner: preconditioner(penalty: penalty, curvature: last.curvature), poll: poll
            ) { step in
                steps = step.number
                // Where one fit starts is where the one before it stopped.
                if step.number > 0 || index == 0 {
                    try observe(stepsBefore + step.number, { space.head(step.parameters) }, step.value)
                }
            }
            last = Fit(parameters: found.parameters, curvature: found.value.curvature)
            fits.append(last)
            stepsBefore += steps
        }
        return fits
    }

    /// Fits on all rows along the penalties.
    /// - Returns: the head of the last one.
    package func fit(
        along penalties: [Double], classWeights: [Float], poll: () throws -> Void,
        observe: (Int, @escaping () -> Head, SoftmaxProblem.Value) throws -> Void
    ) rethrows -> Head {
        let fits = try fits(
            rows: nil, penalties: penalties, classWeights: classWeights, poll: poll, observe: observe)
        return space.head(fits.last?.parameters ?? [Float](repeating: 0, count: space.parameterCount))
    }

    /// Parameters as what a fit may start from, with the curvature that the loss has there.
    func near(_ parameters: [Float]) -> Fit {
        var probabilities = space.scores(parameters, rows: Array(space.classes.indices))
        Softmax.apply(toRowsOf: &probabilities, classCount: space.labels.count)
        let squares = probabilities.reduce(0.0) { $0 + Double($1 * $1) }
        let curvature = (Double(space.classes.count) - squares) / Double(max(probabilities.count, 1))
        return Fit(parameters: parameters, curvature: curvature)
    }

    /// Mean of p (1 − p) where nothing is known yet and all classes are equally likely.
    private var initialCurvature: Double {
        (1 - 1 / Double(space.labels.count)) / Double(space.labels.count)
    }
}

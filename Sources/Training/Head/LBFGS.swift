/// Full-batch L-BFGS with a preconditioner in place of the scaled identity (Nocedal and Wright, "Numerical
/// optimization", 2006, algorithms 7.4 and 7.5) and Armijo backtracking.
struct LBFGS {
    /// Pairs of steps and gradient changes that are remembered.
    var memory = 10
    var maximumSteps = 200
    /// Stops when a step lowers the loss, or promises to lower it, by less than this part of it. Unlike a bound on the
    /// gradient this does not depend on the scale of the features.
    var relativeDecrease = 1e-6

    /// One point of a training curve.
    struct Step {
        let number: Int
        let parameters: [Float]
        let value: SoftmaxProblem.Value
    }

    /// Minimises `problem` from `start`.
    /// - Parameters:
    ///   - poll: called before the problem is evaluated anywhere, which on many photos takes seconds a step; what it throws ends
    ///     the search.
    ///   - observe: called with the start and after each step; what it throws ends the search.
    /// - Returns: the best parameters and the value there.
    func minimise(
        _ problem: SoftmaxProblem, from start: [Float], preconditioner: Preconditioner, poll: () throws -> Void,
        observe: (Step) throws -> Void = { _ in }
    ) rethrows -> (parameters: [Float], value: SoftmaxProblem.Value) {
        var (point, gradient) = (start, [Float](repeating: 0, count: start.count))
        try poll()
        var value = problem.evaluate(point, gradient: &gradient)
        try observe(Step(number: 0, parameters: point, value: value))
        var history: [Pair] = []
        for number in 1...maximumSteps {
            var direction = descent(gradient, history, preconditioner)
            var slope = LinearAlgebra.dot(direction, gradient)
            if slope >= 0 {  // rounding has spoilt the history
                history.removeAll()
                direction = descent(gradient, history, preconditioner)
                slope = LinearAlgebra.dot(direction, gradient)
            }
            guard -slope > relativeDecrease * value.loss else { break }
            guard let found = try search(problem, from: point, value, along: direction, slope, poll)
            else { break }
            let change = zip(found.gradient, gradient).map { $0 - $1 }
            let step = direction.map { $0 * found.length }
            let curvature = LinearAlgebra.dot(step, change)
            if curvature > 0 {
                history.append(Pair(step: step, change: change, inverseCurvature: 1 / curvature))
                if history.count > memory { history.removeFirst() }
            }
            let decrease = value.loss - found.value.loss
            (point, gradient, value) = (found.point, found.gradient, found.value)
            try observe(Step(number: number, parameters: point, value: value))
            if decrease <= relativeDecrease * value.loss { break }
        }
        return (point, value)
    }

    private struct Pair {
        let step: [Float]
        let change: [Float]
        let inverseCurvature: Double
    }

    /// The two-loop recursion.
    private func descent(_ gradient: [Float], _ history: [Pair], _ preconditioner: Preconditioner) -> [Float] {
        var direction = gradient
        var factors: [Double] = []
        for pair in history.reversed() {
            let factor = LinearAlgebra.dot(pair.step, direction) * pair.inverseCurvature
            LinearAlgebra.add(pair.change, scaledBy: Float(-factor), to: &direction)
            factors.append(factor)
        }
        preconditioner.apply(to: &direction)
        if let last = history.last {
            var preconditioned = last.change
            preconditioner.apply(to: &preconditioned)
            let scale = Float(1 / last.inverseCurvature / LinearAlgebra.dot(last.change, preconditioned))
            if scale.isFinite, scale > 0 { for index in direction.indices { direction[index] *= scale } }
        }
        for (pair, factor) in zip(history, factors.reversed()) {
            let back = LinearAlgebra.dot(pair.change, direction) * pair.inverseCurvature
            LinearAlgebra.add(pair.step, scaledBy: Float(factor - back), to: &direction)
        }
        for index in direction.indices { direction[index].negate() }
        return direction
    }

    private struct Found {
        let point: [Float]
        let gradient: [Float]
        let value: SoftmaxProblem.Value
        let length: Float
    }

    /// Halves the step until the loss falls by at least a small part of what the slope promises.
    private func search(
        _ problem: SoftmaxProblem, from point: [Float], _ value: SoftmaxProblem.Value, along direction: [Float],
        _ slope: Double, _ poll: () throws -> Void
    ) rethrows -> Found? {
        var length: Float = 1
        for _ in 0..<30 {
            try poll()
            var candidate = point
            LinearAlgebra.add(direction, scaledBy: length, to: &candidate)
            var gradient = [Float](repeating: 0, count: point.count)
            let found = problem.evaluate(candidate, gradient: &gradient)
            if found.loss.isFinite, found.loss <= value.loss + 1e-4 * Double(length) * slope {
                return Found(point: candidate, gradient: gradient, value: found, length: length)
            }
            length /= 2
        }
        return nil
    }
}

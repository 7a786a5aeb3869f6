import Domain

/// Multinomial logistic regression with an L2 penalty, as a function to minimise:
///
///     f(W, b) = Σᵢ vᵢ · −log softmax(W xᵢ + b)[yᵢ] / Σᵢ vᵢ + λ/2 · ‖W‖²
///
/// The biases are not penalised, so the columns of X may be centred without changing the solution; that takes the
/// largest eigenvalue out of the problem. (scikit-learn's `C` is 1 / (λ · rows).)
package struct SoftmaxProblem {
    /// Transformed and centred: `[rows, columns]`.
    let features: FeatureMatrix
    let classes: [Int]
    let classCount: Int
    /// How much each row counts; they sum to 1.
    let weights: [Float]
    let penalty: Double

    /// Weights `[classCount, columns]`, then biases `[classCount]`: what is searched.
    var parameterCount: Int { classCount * (features.columns + 1) }

    package struct Value {
        var loss: Double
        /// Without the penalty: the cross-entropy.
        package var crossEntropy: Double
        package var accuracy: Double
        /// Mean of p (1 − p) over rows and classes: how curved the loss still is.
        var curvature: Double
    }

    /// The loss and its gradient.
    /// - Parameter probabilities: scratch of `[rows, classCount]`.
    func evaluate(
        _ parameters: [Float], gradient: inout [Float], probabilities: inout [Float]
    ) -> Value {
        let (rows, columns) = (features.rows, features.columns)
        let biasStart = classCount * columns
        score(parameters, into: &probabilities)
        var crossEntropy = 0.0
        var correct = 0.0
        var curvature = 0.0
        var biasGradient = [Double](repeating: 0, count: classCount)
        probabilities.withUnsafeMutableBufferPointer { all in
            for row in 0..<rows {
                let scores = UnsafeMutableBufferPointer(rebasing: all[row * classCount..<(row + 1) * classCount])
                let truth = classes[row]
                let trueScore = scores[truth]
                let isRight = UnsafeBufferPointer(scores).indexOfLargest == truth
                let normaliser = Softmax.apply(to: scores)
                let weight = weights[row]
                crossEntropy += Double(weight) * Double(normaliser - trueScore)
                if isRight { correct += Double(weight) }
                var squares: Float = 0
                for index in 0..<classCount { squares += scores[index] * scores[index] }
                curvature += Double(weight * (1 - squares))
                // From here on the row holds v (p − y), the gradient by the scores.
                scores[truth] -= 1
                for index in 0..<classCount {
                    scores[index] *= weight
                    biasGradient[index] += Double(scores[index])
                }
            }
        }
        var squaredNorm = 0.0
        for index in 0..<biasStart {
            let value = parameters[index]
            gradient[index] = Float(penalty) * value
            squaredNorm += Double(value * value)
        }
        for index in 0..<classCount { gradient[biasStart + index] = Float(biasGradient[index]) }
        LinearAlgebra.multiplyTranspose(
            probabilities, times: features.values, m: classCount, n: columns, k: rows, keep: 1, into: &gradient)
        return Value(
            loss: crossEntropy + penalty / 2 * squaredNorm, crossEntropy: crossEntropy, accuracy: correct,
            curvature: curvature / Double(classCount))
    }

    private func score(_ parameters: [Float], into scores: inout [Float]) {
        let (rows, columns) = (features.rows, features.columns)
        scores.withUnsafeMutableBufferPointer { scores in
            for row in 0..<rows {
                for index in 0..<classCount {
                    scores[row * classCount + index] = parameters[classCount * columns + index]
                }
            }
        }
        LinearAlgebra.multiply(
            features.values, timesTransposeOf: parameters, m: rows, n: classCount, k: columns, keep: 1, into: &scores)
    }
}

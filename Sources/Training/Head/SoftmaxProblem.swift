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
        /// Of the rows, each counted once.
        package var accuracy: Double
        /// Mean of p (1 − p) over rows and classes: how curved the loss still is.
        var curvature: Double
    }

    /// Rows that are scored and then gathered into the gradient while they are in the cache: three times as quick for five
    /// classes as two passes over 20 MB, and no slower for many.
    private static let rowsAtOnce = 64

    /// The loss and its gradient. Sums are taken in the order of the rows.
    func evaluate(_ parameters: [Float], gradient: inout [Float]) -> Value {
        let columns = features.columns
        let biasStart = classCount * columns
        var squaredNorm = 0.0
        for index in 0..<biasStart {
            let value = parameters[index]
            gradient[index] = Float(penalty) * value
            squaredNorm += Double(value * value)
        }
        var sums = Sums(biasGradient: [Double](repeating: 0, count: classCount))
        var block = [Float](repeating: 0, count: Self.rowsAtOnce * classCount)
        features.values.withUnsafeBufferPointer { values in
            guard let start = values.baseAddress else { return }
            for first in stride(from: 0, to: features.rows, by: Self.rowsAtOnce) {
                let count = min(Self.rowsAtOnce, features.rows - first)
                let rows = start + first * columns
                for row in 0..<count {
                    for index in 0..<classCount { block[row * classCount + index] = parameters[biasStart + index] }
                }
                LinearAlgebra.multiply(
                    rows, timesTransposeOf: parameters, m: count, n: classCount, k: columns, keep: 1, into: &block)
                block.withUnsafeMutableBufferPointer { block in
                    for row in 0..<count {
                        let scores = UnsafeMutableBufferPointer(
                            rebasing: block[row * classCount..<(row + 1) * classCount])
                        sums.add(scores, truth: classes[first + row], weight: weights[first + row])
                    }
                }
                LinearAlgebra.multiplyTranspose(
                    block, times: rows, m: classCount, n: columns, k: count, keep: 1, into: &gradient)
            }
        }
        for index in 0..<classCount { gradient[biasStart + index] = Float(sums.biasGradient[index]) }
        return Value(
            loss: sums.crossEntropy + penalty / 2 * squaredNorm, crossEntropy: sums.crossEntropy,
            accuracy: Double(sums.correct) / Double(max(features.rows, 1)),
            curvature: sums.curvature / Double(classCount))
    }

    private struct Sums {
        var crossEntropy = 0.0
        var correct = 0
        var curvature = 0.0
        var biasGradient: [Double]

        /// Takes a row's scores, and leaves the gradient by them: v (p − y).
        mutating func add(_ scores: UnsafeMutableBufferPointer<Float>, truth: Int, weight: Float) {
            let trueScore = scores[truth]
            let isRight = UnsafeBufferPointer(scores).indexOfLargest == truth
            let normaliser = Softmax.apply(to: scores)
            crossEntropy += Double(weight) * Double(normaliser - trueScore)
            if isRight { correct += 1 }
            var squares: Float = 0
            for index in scores.indices { squares += scores[index] * scores[index] }
            curvature += Double(weight * (1 - squares))
            scores[truth] -= 1
            for index in scores.indices {
                scores[index] *= weight
                biasGradient[index] += Double(scores[index])
            }
        }
    }
}

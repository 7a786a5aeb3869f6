import Foundation

/// Probabilities from scores.
package enum Softmax {
    /// In place, on every row of `[rows, classCount]`.
    package static func apply(toRowsOf scores: inout [Float], classCount: Int) {
        scores.withUnsafeMutableBufferPointer { all in
            for start in stride(from: 0, to: all.count, by: classCount) {
                apply(to: UnsafeMutableBufferPointer(rebasing: all[start..<start + classCount]))
            }
        }
    }

    /// In place, on one row: shifted by the largest score first, so that no exponential overflows.
    /// - Returns: the logarithm of the sum of the exponentials of the scores.
    @discardableResult
    static func apply(to row: UnsafeMutableBufferPointer<Float>) -> Float {
        var largest = -Float.infinity
        for value in row { largest = max(largest, value) }
        var sum: Float = 0
        for index in row.indices {
            let value = exp(row[index] - largest)
            row[index] = value
            sum += value
        }
        let factor = 1 / sum
        for index in row.indices { row[index] *= factor }
        return largest + log(sum)
    }
}

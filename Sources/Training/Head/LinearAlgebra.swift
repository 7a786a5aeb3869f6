import COpenBLAS

/// The few BLAS and LAPACK calls that fitting a head takes, on row-major 32-bit floats.
///
/// OpenBLAS is kept to one thread: sums are then always taken in the same order, and several fits run side by side on
/// the worker pool instead, which scales better for matrices this narrow. OpenBLAS is safe to call from several threads
/// at once.
enum LinearAlgebra {
    fileprivate static let isSingleThreaded: Bool = {
        openblas_set_num_threads(1)
        return true
    }()

    /// `result[m, n] = scale · left[m, k] · rightᵀ[n, k] + keep · result`
    static func multiply(
        _ left: UnsafePointer<Float>, timesTransposeOf right: UnsafePointer<Float>, m: Int, n: Int, k: Int,
        scale: Float = 1, keep: Float = 0, into result: UnsafeMutablePointer<Float>
    ) {
        precondition(isSingleThreaded)
        guard m > 0, n > 0, k > 0 else { return }
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(n), Int32(k), scale, left, Int32(k), right,
            Int32(k), keep, result, Int32(n))
    }

    /// What a softmax is taken of: `[rows, classes] = features[rows, columns] · weightsᵀ[classes, columns] + biases`
    static func scores(_ features: FeatureMatrix, _ weights: UnsafePointer<Float>, biases: some Collection<Float>)
        -> [Float]
    {
        var scores: [Float] = []
        scores.reserveCapacity(features.rows * biases.count)
        for _ in 0..<features.rows { scores += biases }
        multiply(
            features.values, timesTransposeOf: weights, m: features.rows, n: biases.count, k: features.columns, keep: 1,
            into: &scores)
        return scores
    }

    /// `result[m, n] = left[m, k] · right[k, n]`
    static func multiply(
        _ left: UnsafePointer<Float>, times right: UnsafePointer<Float>, m: Int, n: Int, k: Int,
        into result: UnsafeMutablePointer<Float>
    ) {
        precondition(isSingleThreaded)
        guard m > 0, n > 0, k > 0 else { return }
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(m), Int32(n), Int32(k), 1, left, Int32(k), right, Int32(n),
            0, result, Int32(n))
    }

    /// `result[m, n] = scale · leftᵀ[k, m] · right[k, n] + keep · result`
    static func multiplyTranspose(
        _ left: UnsafePointer<Float>, times right: UnsafePointer<Float>, m: Int, n: Int, k: Int, scale: Float = 1,
        keep: Float = 0, into result: UnsafeMutablePointer<Float>
    ) {
        precondition(isSingleThreaded)
        guard m > 0, n > 0, k > 0 else { return }
        cblas_sgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, Int32(m), Int32(n), Int32(k), scale, left, Int32(m), right,
            Int32(n), keep, result, Int32(n))
    }

    /// The lower triangle of `result[columns, columns] = scale · matrixᵀ · matrix`.
    /// - Parameter poll: called between blocks of rows; what it throws ends the computation.
    static func gram(_ matrix: FeatureMatrix, scale: Float, poll: () throws -> Void) rethrows -> [Float] {
        precondition(isSingleThreaded)
        let columns = matrix.columns
        var result = [Float](repeating: 0, count: columns * columns)
        for start in stride(from: 0, to: matrix.rows, by: rowsAtOnce) {
            try poll()
            let rows = min(rowsAtOnce, matrix.rows - start)
            matrix.values.withUnsafeBufferPointer { values in
                cblas_ssyrk(
                    CblasRowMajor, CblasLower, CblasTrans, Int32(columns), Int32(rows), scale,
                    values.baseAddress.map { $0 + start * columns }, Int32(columns), 1, &result, Int32(columns))
            }
        }
        return result
    }

    /// So many rows of some thousand features take a fraction of a second.
    private static let rowsAtOnce = 8192

    static func dot(_ left: [Float], _ right: [Float]) -> Double {
        precondition(isSingleThreaded)
        return cblas_dsdot(Int32(left.count), left, 1, right, 1)
    }

    /// At most 1; of two vectors of which one has no length: 1.
    static func cosine(_ left: [Float], _ right: [Float]) -> Double {
        let lengths = (dot(left, left) * dot(right, right)).squareRoot()
        return lengths > 0 ? min(1, dot(left, right) / lengths) : 1
    }

    /// `target += scale · source`
    static func add(_ source: [Float], scaledBy scale: Float, to target: inout [Float]) {
        precondition(isSingleThreaded)
        cblas_saxpy(Int32(source.count), scale, source, 1, &target, 1)
    }
}

/// The Cholesky factor of a symmetric positive definite matrix.
struct CholeskyFactor: Sendable {
    private let factor: [Float]
    private let order: Int

    /// - Parameter lower: the lower triangle of `[order, order]`, row-major.
    /// - Returns: nil where the matrix is not positive definite in this precision.
    init?(lower: [Float], order: Int) {
        precondition(LinearAlgebra.isSingleThreaded)
        // LAPACK takes no matrix without rows, and says so on standard error.
        guard order > 0 else { return nil }
        var factor = lower
        var (size, status) = (Int32(order), Int32(0))
        // LAPACK counts column by column, so a row-major lower triangle is its upper one.
        spotrf_("U", &size, &factor, &size, &status)
        guard status == 0 else { return nil }
        self.factor = factor
        self.order = order
    }

    /// Replaces each row of `rows[count, order]` by the solution of the system with that right-hand side.
    func solve(_ rows: inout [Float], count: Int) {
        var (size, columns, status) = (Int32(order), Int32(count), Int32(0))
        spotrs_("U", &size, &columns, factor, &size, &rows, &size, &status)
    }
}

/// Coordinates of a few long vectors in an orthonormal basis of the space that they span, exact up to rounding. Whatever
/// depends on the vectors by their inner products alone, as a fit with an L2 penalty does, can be done with these.
struct SpanBasis: Sendable {
    /// `[rows, rows]`: each vector in the basis.
    let coordinates: FeatureMatrix
    /// `[rows, columns]`: the basis vectors.
    private let basis: [Float]
    private let columns: Int

    /// Takes time in the columns' cube at most, since there are fewer rows: 0.2 s for 1280 of them.
    /// - Parameters:
    ///   - matrix: fewer rows than columns.
    ///   - poll: called in the middle; what it throws ends the computation.
    init(_ matrix: FeatureMatrix, poll: () throws -> Void) rethrows {
        let (rows, columns) = (matrix.rows, matrix.columns)
        precondition(rows > 0 && LinearAlgebra.isSingleThreaded)
        // LAPACK counts column by column: what is [rows, columns] here is its transpose there, of which it makes Q · R.
        var (factored, reflectors) = (matrix.values, [Float](repeating: 0, count: rows))
        var (longSide, shortSide, status) = (Int32(columns), Int32(rows), Int32(0))
        var work = [Float](repeating: 0, count: max(1, rows * 64))
        var workSize = Int32(work.count)
        sgeqrf_(&longSide, &shortSide, &factored, &longSide, &reflectors, &work, &workSize, &status)
        var coordinates = FeatureMatrix(columns: rows, capacity: rows)
        for row in 0..<rows {
            coordinates.append((0..<rows).map { $0 <= row ? factored[row * columns + $0] : 0 })
        }
        try poll()
        sorgqr_(&longSide, &shortSide, &shortSide, &factored, &longSide, &reflectors, &work, &workSize, &status)
        self.coordinates = coordinates
        self.columns = columns
        basis = factored
    }

    /// Brings `vectors[count, rows]` from the basis back to `[count, columns]`.
    func expand(_ vectors: [Float], count: Int) -> [Float] {
        var result = [Float](repeating: 0, count: count * columns)
        LinearAlgebra.multiply(vectors, times: basis, m: count, n: columns, k: coordinates.rows, into: &result)
        return result
    }
}

/// Linear discriminant analysis with a shrunken covariance: the classes are taken for clouds of one shape, S, around their
/// means m, all as likely as each other, so that the score of class k is mₖᵀ S⁻¹ x − mₖᵀ S⁻¹ mₖ / 2 (Friedman, "Regularized
/// discriminant analysis", JASA 84, 1989). S is the scatter within the classes and, since there are mostly fewer photos than
/// features, a part of its trace on the diagonal.
struct DiscriminantAnalysis: Sendable {
    private let columns: Int
    private let classCount: Int
    private let rows: Int
    /// `[classCount, columns]`; of a class without rows: zero.
    private let means: [Float]
    private let isKnown: [Bool]
    /// The lower triangle of the mean scatter within the classes.
    private let scatter: [Float]

    /// - Parameters:
    ///   - rows: those of the space that are looked at; nil for all.
    ///   - gram: the lower triangle of Σ x xᵀ over these rows.
    init(_ space: FeatureSpace, rows: [Int]?, gram: [Float]) {
        let (columns, classCount) = (space.columns, space.labels.count)
        let chosen = rows ?? Array(space.classes.indices)
        var sums = [Double](repeating: 0, count: classCount * columns)
        var counts = [Int](repeating: 0, count: classCount)
        for row in chosen {
            let start = space.classes[row] * columns
            counts[space.classes[row]] += 1
            for (column, value) in space.features[row].enumerated() { sums[start + column] += Double(value) }
        }
        var means = [Float](repeating: 0, count: classCount * columns)
        var weighted = FeatureMatrix(columns: columns, capacity: classCount)
        for index in 0..<classCount {
            let (count, root) = (Double(max(counts[index], 1)), Double(counts[index]).squareRoot())
            let mean = sums[index * columns..<(index + 1) * columns].map { $0 / count }
            for column in 0..<columns { means[index * columns + column] = Float(mean[column]) }
            weighted.append(mean.map { Float($0 * root) })
        }
        var scatter = gram
        LinearAlgebra.add(LinearAlgebra.gram(weighted, scale: 1, poll: {}), scaledBy: -1, to: &scatter)
        let scale = 1 / Float(max(chosen.count, 1))
        self.scatter = scatter.map { $0 * scale }
        self.columns = columns
        self.classCount = classCount
        self.rows = chosen.count
        self.means = means
        isKnown = counts.map { $0 > 0 }
    }

    /// - Parameter shrinkage: the part of the trace that is added to each feature's variance, in units of one over the rows.
    /// - Returns: parameters in the space; nil where no two photos of a class differ, so that there is no shape to speak of.
    func fit(shrinkage: Double) -> [Float]? {
        let trace = (0..<columns).reduce(0) { $0 + Double(scatter[$1 * columns + $1]) }
        guard trace > 0, trace.isFinite else { return nil }
        var matrix = scatter
        let ridge = Float(shrinkage / Double(rows) * trace)
        for index in 0..<columns { matrix[index * columns + index] += ridge }
        guard let factor = CholeskyFactor(lower: matrix, order: columns) else { return nil }
        var weights = means
        factor.solve(&weights, count: classCount)
        let biases = (0..<classCount).map { index -> Float in
            guard isKnown[index] else { return Self.impossible }
            var product = 0.0
            for column in index * columns..<(index + 1) * columns {
                product += Double(weights[column]) * Double(means[column])
            }
            return Float(-product / 2)
        }
        guard weights.allSatisfy(\.isFinite), biases.allSatisfy(\.isFinite) else { return nil }
        return weights + biases
    }

    /// The score of a class that no photo is of.
    private static let impossible: Float = -1e6
}

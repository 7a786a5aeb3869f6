package import Domain

/// Labelled bottlenecks as the fits look at them: transformed, centred, and where there are fewer rows than features in a
/// basis of their span, which makes a fit on a few hundred photos five to ten times as quick and changes none that depends
/// on the rows by their inner products alone.
///
/// The parameters of a linear head in this space are its weights `[labels, columns]`, then its biases `[labels]`.
package struct FeatureSpace: Sendable {
    /// `[rows, columns]`
    let features: FeatureMatrix
    let classes: [Int]
    let labels: [String]
    let transform: FeatureTransform
    private let basis: SpanBasis?
    private let centre: [Float]

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
        classes = examples.classes
        self.labels = labels
        self.transform = transform
    }

    var columns: Int { features.columns }
    var parameterCount: Int { labels.count * (columns + 1) }

    /// The lower triangle of Σ x xᵀ over some rows: `[columns, columns]`.
    func gram(rows: [Int]? = nil, poll: () throws -> Void) rethrows -> [Float] {
        try LinearAlgebra.gram(rows.map(features.selecting) ?? features, scale: 1, poll: poll)
    }

    /// Scores of some rows: `[rows, labels]`.
    func scores(_ parameters: [Float], rows: [Int]) -> [Float] {
        LinearAlgebra.scores(features.selecting(rows), parameters, biases: parameters[(labels.count * columns)...])
    }

    /// The head that parameters mean for features that are not centred.
    package func head(_ parameters: [Float]) -> Head {
        let inner = Array(parameters[..<(labels.count * columns)])
        let weights = basis?.expand(inner, count: labels.count) ?? inner
        let biases = labels.indices.map { index in
            parameters[labels.count * columns + index] - Self.dot(weights, row: index, centre)
        }
        return Head(
            labels: labels, transform: transform, featureCount: centre.count, weights: weights, biases: biases)
    }

    /// The parameters that mean a head here, to start a fit with; nil where the head is of other features or the rows have a
    /// basis of their own, in which it may have none.
    func parameters(of head: Head) -> [Float]? {
        guard basis == nil, head.transform == transform, head.featureCount == columns else { return nil }
        return head.weights
            + labels.indices.map { head.biases[$0] + Self.dot(head.weights, row: $0, centre) }
    }

    private static func dot(_ weights: [Float], row: Int, _ vector: [Float]) -> Float {
        var sum = 0.0
        for column in vector.indices { sum += Double(weights[row * vector.count + column]) * Double(vector[column]) }
        return Float(sum)
    }
}

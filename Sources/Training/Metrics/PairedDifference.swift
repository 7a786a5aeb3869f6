/// By how much one way to answer differs from another on the same photos, and how well that is known.
struct PairedDifference: Sendable {
    /// First minus second.
    let mean: Double
    /// Of the mean, over photos.
    let standardError: Double

    /// - Parameter differences: first minus second, of each photo.
    init(_ differences: [Double]) {
        let count = Double(max(differences.count, 1))
        let mean = differences.reduce(0, +) / count
        let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(count - 1, 1)
        (self.mean, standardError) = (mean, (variance / count).squareRoot())
    }
}

import Domain

extension Head {
    /// - Throws: `RegraftError` (`feature_count_mismatch`) where it takes another bottleneck than the network gives.
    func check(against network: NetworkDescription) throws {
        guard featureCount == network.featureCount else {
            throw RegraftError(
                "feature_count_mismatch",
                "The model takes \(featureCount) features; the backbone '\(network.backboneID)' gives "
                    + "\(network.featureCount). Retrain it.")
        }
    }
}

extension FeatureTransform {
    /// What a vector is divided by at least: one without any length stays as it is.
    static let smallestLength: Float = 1e-30
}

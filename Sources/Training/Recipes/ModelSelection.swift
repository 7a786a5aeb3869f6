public import Domain

/// What `auto` tried by cross-validation, and how each candidate did on photos that its fits had not seen.
public struct ModelSelection: Sendable, Equatable {
    /// A way to fit: logistic regression alone, or blended with a discriminant analysis.
    public struct Candidate: Sendable, Equatable {
        public let transform: FeatureTransform
        public let weighting: ClassWeighting
        /// L2, of the features' variance over the photos.
        public let penalty: Double
        /// Of the discriminant analysis; nil where there is none.
        public let shrinkage: Double?
        /// Part of the held-out photos that were recognised.
        public let accuracy: Double
        /// Mean cross-entropy at the best temperature, in nats.
        public let loss: Double
        /// How much more that is than the lowest, and the standard error of that difference over photos.
        public let excess: Double
        public let standardError: Double
        public let isChosen: Bool
    }

    /// Held-out photos.
    public let photos: Int
    public let folds: Int
    /// Of all folds.
    public let fits: Int
    /// All of them, the lowest loss first.
    public let candidates: [Candidate]
    public let chosen: Candidate

    init(photos: Int, folds: Int, fits: Int, candidates: [Candidate], chosen: Candidate) {
        (self.photos, self.folds, self.fits) = (photos, folds, fits)
        self.candidates = candidates.filter { $0.loss.isFinite && $0.excess.isFinite && $0.standardError.isFinite }
            .sorted { ($0.loss, $0.transform.rawValue, $0.penalty) < ($1.loss, $1.transform.rawValue, $1.penalty) }
        self.chosen = chosen
    }

    /// For a person.
    var note: String {
        let regression =
            "logistic regression (L2 penalty \(chosen.penalty.shortened) of the features' variance over the photos)"
        let parts =
            chosen.shrinkage.map {
                "\(regression) and discriminant analysis (shrinkage \($0.shortened)) in equal parts"
            } ?? regression
        let lowest = candidates.first?.loss ?? chosen.loss
        let reason =
            chosen.loss == lowest
            ? "its cross-entropy there is the lowest"
            : "its cross-entropy there, \(chosen.loss.inNats), is within one standard error of the lowest, "
                + "\(lowest.inNats), and it is preferred to what differs by so little"
        return
            "Chosen of \(candidates.count) candidates by \(folds)-fold cross-validation on \(photos) photos (\(fits) fits): features "
            + "\(chosen.transform.rawValue), \(parts), weighting by \(chosen.weighting.rawValue); \(reason), and its accuracy is "
            + "\((chosen.accuracy * 1000).rounded() / 10) %."
    }
}

/// Two ways to prepare the photos, tried on the same held-out ones.
public struct SettingTrial: Sendable, Equatable {
    public enum Setting: String, Sendable, Codable {
        /// How photos become square.
        case fit
        /// Whether distorted views are learnt from.
        case distortedViews = "distorted_views"
    }

    public struct Option: Sendable, Equatable {
        public let value: String
        /// Mean cross-entropy of the held-out photos, in nats.
        public let loss: Double
    }

    public let setting: Setting
    /// Two of them.
    public let options: [Option]
    /// The first's loss minus the second's, and the standard error of that over photos.
    public let difference: Double
    public let standardError: Double
    public let chosen: String
    /// For a person: what was found.
    public let note: String
}

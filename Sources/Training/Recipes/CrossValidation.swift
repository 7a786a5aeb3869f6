import Domain
import Foundation
import Workers

/// Chooses how to fit by fitting on all folds but one and looking at that one, for every candidate.
///
/// A candidate is a blend of two linear heads on the same features, a logistic regression and a discriminant analysis: the
/// first bends its borders around the photos that are hard, the second knows the shape of the classes, and their mean is
/// right more often than either. Candidates differ in the features' transform, the regression's penalty, the discriminant
/// analysis's shrinkage, and, where classes are of unequal size, in how much their photos count.
struct CrossValidation: Sendable {
    /// From strong to weak, relative to the spread of the features over the number of rows (scikit-learn's `C` is the inverse,
    /// over the spread).
    static let penalties = [3, 0.3, 0.03]
    static let shrinkages = [1, 0.1]
    /// That many photos choose nearly as well as all of them would: of 1,797 digits 97.05 % are recognised instead of 97.25 %, in
    /// half the time.
    private static let photoLimit = 1000

    struct Choice: Sendable {
        let transform: FeatureTransform
        /// From strong to weak; the last is the chosen one, the others lead to it.
        let penalties: [Double]
        /// Nil for logistic regression alone.
        let shrinkage: Double?
        let weighting: ClassWeighting
        /// By how much the parameters of each part are multiplied before they are added up.
        let blend: Blend
        /// What was tried; nil where nothing could be held out.
        let selection: ModelSelection?
        /// The logistic regression of one of the folds, which the one on all photos starts from.
        var start: Head?
        /// What the heads of the folds say of the photos that they have not seen: of the blend, at the temperature that is best
        /// for it; uncalibrated, of the parts added up as they came.
        let heldOut: HeldOutPredictions?
    }

    /// The parts' weights: each part's own temperature, then the blend's, is in them.
    struct Blend: Sendable {
        var regression = 1.0
        var discriminant = 0.0
        /// By how much the logarithms of the classes' frequencies, which the discriminant analysis knows nothing of, are
        /// multiplied before they are added to its scores: its own temperature, or 0 where classes count alike.
        var prior = 0.0

        /// Before any temperature.
        var uncalibrated: Blend {
            discriminant == 0 ? Blend() : Blend(regression: 0.5, discriminant: 0.5, prior: prior == 0 ? 0 : 1)
        }

        func apply(_ regression: [Float], _ discriminant: [Float]?) -> [Float] {
            var result = regression.map { $0 * Float(self.regression) }
            if let discriminant {
                LinearAlgebra.add(discriminant, scaledBy: Float(self.discriminant), to: &result)
            }
            return result
        }
    }

    private let set: TrainingSet
    /// Positions over train, then validation photos, of those that are chosen by.
    private let photos: [Int]
    private let pool: WorkerPool
    private let folds: Folds

    init(_ set: TrainingSet, seed: UInt64, pool: WorkerPool) {
        photos = set.photos(atMost: Self.photoLimit, seed: seed)
        self.set = photos.count < set.groups.count ? set.selecting(photos) : set
        self.pool = pool
        let classes = self.set.train.classes + self.set.validation.classes
        folds = Folds(classes: classes, groups: self.set.groups, wanted: classes.count > 500 ? 3 : 5, seed: seed)
    }

    /// - Parameters:
    ///   - limit: only candidates whose penalty over the number of photos is below it may be chosen, and those with the weakest.
    ///   - progress: called from any thread.
    func choose(
        penaltyBelow limit: Double = .infinity, progress: @escaping FitProgress = { _, _, _ in }
    ) async throws -> Choice {
        guard folds.foldOf.contains(where: { $0 != nil }) else { return Self.untried }
        let weightings: [ClassWeighting] =
            Self.isImbalanced(set.train.classes + set.validation.classes) ? [.photos, .classes] : [.photos]
        let transforms = FeatureTransform.allCases
        let counter = FitCounter(
            total: transforms.count * folds.count * CandidatePath.fitsPerFold(weightings), progress)
        let paths = try await withThrowingTaskGroup(of: CandidatePath.self) { group in
            for transform in transforms {
                group.addTask { try await CandidatePath(set, folds, transform, weightings, pool, counter) }
            }
            // A group returns in the order of finishing; the choice must not depend on it.
            return try await group.reduce(into: []) { $0.append($1) }
                .sorted { $0.space.transform.preference < $1.space.transform.preference }
        }
        return try await pool.run { _ in try choice(paths, fits: counter.total, limit) }
    }

    /// The candidate that comes first in the order of preference among those that are within one standard error of the best:
    /// what differs by less differs by chance, and then what is mostly best is chosen. (It is not the rule of Breiman et al.,
    /// which takes the most regularised: few photos held out favour strong penalties more than new photos do.)
    private func choice(_ paths: [CandidatePath], fits: Int, _ limit: Double) throws -> Choice {
        let candidates = paths.flatMap(\.candidates).filter {
            $0.penalty / Double(max(photos.count, 1)) < limit || $0.penalty == Self.penalties.last
        }
        guard let best = candidates.min(by: { $0.loss < $1.loss }), best.loss.isFinite else {
            throw RegraftError("nothing_to_fit", "No candidate could be fitted: there are too few photos.")
        }
        let ordered = candidates.sorted { $0.preference.lexicographicallyPrecedes($1.preference) }
        guard let chosen = ordered.first(where: { $0.isWithinStandardError(of: best) }),
            let path = paths.first(where: { $0.space.transform == chosen.transform })
        else { throw RegraftError("nothing_to_fit", "No candidate could be fitted: there are too few photos.") }
        let reported = candidates.map { $0.reported(besides: best, isChosen: $0.isSame(as: chosen)) }
        return Choice(
            transform: chosen.transform, penalties: Self.penalties.filter { $0 >= chosen.penalty },
            shrinkage: chosen.shrinkage, weighting: chosen.weighting, blend: chosen.blend,
            selection: ModelSelection(
                photos: chosen.losses.count, folds: folds.count, fits: fits, candidates: reported,
                chosen: chosen.reported(besides: best, isChosen: true)),
            start: path.space.head(path.regression(chosen)[0].parameters),
            heldOut: HeldOutPredictions(
                photos: path.held.map { photos[$0] }, classes: path.truth, scores: path.scores(chosen),
                uncalibrated: path.scores(chosen, chosen.blend.uncalibrated), folds: path.heldFolds,
                labelCount: set.labels.count))
    }

    /// Where no class has two photos that do not look alike, nothing can be held out.
    private static let untried = Choice(
        transform: .squareRootL2, penalties: [3, 0.3], shrinkage: nil, weighting: .photos, blend: Blend(),
        selection: nil, start: nil, heldOut: nil)

    private static func isImbalanced(_ classes: [Int]) -> Bool {
        let counts = Dictionary(grouping: classes, by: \.self).values.map(\.count)
        return (counts.max() ?? 0) > 2 * (counts.min() ?? 0)
    }
}

extension Double {
    /// Two significant digits.
    var shortened: String { String(format: "%.2g", self) }
    /// As a cross-entropy that is compared with another.
    var inNats: String { String(format: "%.4f", self) }
}

/// How far the fits of `auto` are taken: further makes no head better, and at the default two in three of the steps change no
/// answer.
extension LBFGS {
    /// What is kept.
    static var toTheEnd: LBFGS { LBFGS(relativeDecrease: 1e-4) }
    /// What only leads to the fit with the next weaker penalty.
    static var toTheNext: LBFGS { LBFGS(relativeDecrease: 1e-2) }
    /// What is compared with others by its loss on held-out photos.
    static var toCompare: LBFGS { LBFGS(relativeDecrease: 1e-3) }
}

extension FeatureTransform {
    /// The lower, the simpler.
    fileprivate var preference: Double { self == .raw ? 0 : 1 }
}

extension CrossValidation {
    /// One way to fit, and how it did on the photos that were held out.
    struct Candidate: Sendable {
        let transform: FeatureTransform
        let weighting: ClassWeighting
        let penalty: Double
        let shrinkage: Double?
        let blend: Blend
        /// Part of the photos that were recognised.
        let accuracy: Double
        /// Mean cross-entropy at the best temperature, in nats: with a few hundred photos accuracy moves in steps too coarse to
        /// choose by, and without the temperature a strong penalty would be held against the confidence that it takes, not
        /// against the answers.
        let loss: Double
        /// Of each photo.
        let losses: [Float]

        /// Simple features before others, photos alike before weighted, the weak penalty before stronger ones; of the shrinkage
        /// the better.
        var preference: [Double] {
            [transform.preference, weighting == .photos ? 0 : 1, penalty, loss]
        }

        private func excess(over best: Candidate) -> PairedDifference {
            PairedDifference(zip(losses, best.losses).map { Double($0 - $1) })
        }

        func isWithinStandardError(of best: Candidate) -> Bool {
            let excess = excess(over: best)
            return excess.mean <= excess.standardError
        }

        func isSame(as other: Candidate) -> Bool {
            (transform, weighting, penalty) == (other.transform, other.weighting, other.penalty)
                && shrinkage == other.shrinkage
        }

        func reported(besides best: Candidate, isChosen: Bool) -> ModelSelection.Candidate {
            let excess = excess(over: best)
            return ModelSelection.Candidate(
                transform: transform, weighting: weighting, penalty: penalty, shrinkage: shrinkage, accuracy: accuracy,
                loss: loss, excess: excess.mean, standardError: excess.standardError, isChosen: isChosen)
        }
    }
}

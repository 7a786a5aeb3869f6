import Domain
import Foundation
import Workers

/// Chooses how to fit by fitting on all folds but one and looking at that one, for every candidate.
struct CrossValidation: Sendable {
    struct Choice: Sendable {
        let transform: FeatureTransform
        /// Relative to the spread of the features, from strong to weak; the last is the chosen one, the others lead to it.
        let relativePenalties: [Double]
        let weighting: ClassWeighting
        /// At which the chosen head's probabilities are right on photos it has not seen.
        let temperature: Double
        /// For a person: what was tried and why this won.
        let note: String
    }

    private struct Candidate: Sendable {
        let transform: FeatureTransform
        let relativePenalty: Double
        let weighting: ClassWeighting
        /// Part of the photos that were held out and recognised.
        let accuracy: Double
        let temperature: Temperature
        let curvature: Double
    }

    private let set: TrainingSet
    private let pool: WorkerPool
    /// Train and validation photos, without views: a candidate is judged on photos as they are.
    private let classes: [Int]
    private let folds: Folds

    /// From strong to weak, relative to the spread of the features; three to a decade would not choose better.
    private static let penalties = (1...12).map { pow(10, -Double($0) / 2) }

    init(_ set: TrainingSet, seed: UInt64, pool: WorkerPool) {
        self.set = set
        self.pool = pool
        classes = set.train.classes + set.validation.classes
        folds = Folds(classes: classes, groups: set.groups, wanted: classes.count > 2000 ? 3 : 5, seed: seed)
    }

    func choose() async throws -> Choice {
        guard folds.foldOf.contains(where: { $0 != nil }) else { return Self.untried }
        let tried = try await withThrowingTaskGroup(of: [Candidate].self) { group in
            for transform in FeatureTransform.allCases { group.addTask { try await path(transform) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        // A group returns in the order of finishing; the choice must not depend on it.
        let ordered = tried.sorted { Self.rank($0) < Self.rank($1) }
        guard let best = ordered.first else {
            throw RegraftError("nothing_to_fit", "No candidate could be fitted: there are too few photos.")
        }
        let accuracy = (best.accuracy * 1000).rounded() / 10
        let held = folds.foldOf.count { $0 != nil }
        return Choice(
            transform: best.transform, relativePenalties: Self.penalties.filter { $0 >= best.relativePenalty },
            weighting: best.weighting, temperature: best.temperature.value,
            note:
                "Chosen of \(tried.count) candidates by \(folds.count)-fold cross-validation on \(held) photos: "
                + "features \(best.transform.rawValue), L2 penalty \(best.relativePenalty.shortened) of their variance, "
                + "weighting by \(best.weighting.rawValue); its accuracy there is \(accuracy) %.")
    }

    /// Where no class has two photos that do not look alike, nothing can be held out.
    private static let untried = Choice(
        transform: .squareRootL2, relativePenalties: penalties.filter { $0 >= 0.01 }, weighting: .photos,
        temperature: 1,
        note:
            "No class has two photos that do not look alike, so nothing could be held out to choose by: the settings are "
            + "those that are mostly best."
    )

    /// By the cross-entropy at the best temperature: with a few hundred photos accuracy moves in steps too coarse to choose
    /// by, and without the temperature a strong penalty would be held against the confidence it takes, not the answers.
    private static func rank(_ candidate: Candidate) -> (Double, String, Double, String) {
        (
            candidate.temperature.crossEntropy, candidate.transform.rawValue, -candidate.relativePenalty,
            candidate.weighting.rawValue
        )
    }

    /// All penalties for one transform, each starting from the solution for the stronger one before it, until they have
    /// become clearly worse.
    private func path(_ transform: FeatureTransform) async throws -> [Candidate] {
        let problem = try await pool.run { cancellation in
            try SoftmaxRegression(
                set.stacked(includingValidation: true), labels: set.labels, transform: transform,
                poll: cancellation.check)
        }
        var candidates: [Candidate] = []
        var starts = [[Float]?](repeating: nil, count: folds.count)
        var curvature = problem.initialCurvature
        for relative in Self.penalties {
            let (candidate, fits) = try await validate(
                problem, transform, relativePenalty: relative, weighting: .photos, curvature: curvature, starts: starts)
            candidates.append(candidate)
            starts = fits
            curvature = candidate.curvature
            let losses = candidates.map(\.temperature.crossEntropy)
            if losses.count >= 3, losses.suffix(2).allSatisfy({ $0 > (losses.min() ?? 0) * 1.02 }) { break }
        }
        if Self.isImbalanced(classes), let best = candidates.min(by: { Self.rank($0) < Self.rank($1) }) {
            candidates.append(
                try await validate(
                    problem, transform, relativePenalty: best.relativePenalty, weighting: .classes,
                    curvature: best.curvature,
                    starts: starts
                ).0)
        }
        return candidates
    }

    private static func isImbalanced(_ classes: [Int]) -> Bool {
        let counts = Dictionary(grouping: classes, by: \.self).values.map(\.count)
        return (counts.max() ?? 0) > 2 * (counts.min() ?? 0)
    }

    /// Fits a candidate on every fold's complement and predicts the fold.
    /// - Returns: how it did on all photos, and the parameters of each fit.
    private func validate(
        _ problem: SoftmaxRegression, _ transform: FeatureTransform, relativePenalty: Double, weighting: ClassWeighting,
        curvature: Double, starts: [[Float]?]
    ) async throws -> (Candidate, [[Float]?]) {
        let weights = weighting.weights(classes, classCount: set.labels.count)
        let penalty = relativePenalty * problem.spread
        // Folds differ by a fraction of the photos, so one factorisation serves them all.
        let preconditioner = try await pool.run { _ in
            problem.preconditioner(penalty: penalty, curvature: curvature)
        }
        let results = try await withThrowingTaskGroup(of: (Int, SoftmaxRegression.Fit, [Float]).self) { group in
            for fold in 0..<folds.count {
                group.addTask {
                    try await pool.run { cancellation in
                        let fit = try problem.fit(
                            rows: fitted(without: fold), classWeights: weights, penalty: penalty,
                            preconditioner: preconditioner, start: starts[fold],
                            search: LBFGS(relativeDecrease: 1e-4), poll: cancellation.check)
                        return (fold, fit, problem.scores(fit.parameters, rows: folds.held(in: fold).map(row)))
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
        }
        let candidate = try await pool.run { cancellation in
            let truth = results.flatMap { folds.held(in: $0.0).map { classes[$0] } }
            let scores = results.flatMap(\.2)
            let count = set.labels.count
            let right = truth.indices.count { scores[$0 * count..<($0 + 1) * count].indexOfLargest == truth[$0] }
            return Candidate(
                transform: transform, relativePenalty: relativePenalty, weighting: weighting,
                accuracy: Double(right) / Double(max(truth.count, 1)),
                temperature: try Temperature(
                    scores: scores, classes: truth, classCount: count, poll: cancellation.check),
                curvature: results.map(\.1.curvature).reduce(0, +) / Double(results.count))
        }
        return (candidate, results.map(\.1.parameters))
    }

    /// Rows of `stacked(includingValidation:)` of all other photos, and of their views.
    private func fitted(without fold: Int) -> [Int] {
        let train = set.train.count
        let originals = folds.fitted(without: fold)
        let views = set.views.indices.flatMap { view in
            originals.filter { $0 < train }.map { train * (view + 1) + $0 }
        }
        return originals.map(row) + views
    }

    /// The row of a photo, counted over train and validation, in the stacked matrix.
    private func row(_ photo: Int) -> Int {
        photo < set.train.count ? photo : photo + set.train.count * set.views.count
    }
}

extension Double {
    /// Two significant digits.
    var shortened: String { String(format: "%.2g", self) }
}

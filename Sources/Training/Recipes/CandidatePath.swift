import Domain
import Workers

/// All candidates on one kind of features: the parts are fitted once on every fold's complement, and blended afterwards.
struct CandidatePath: Sendable {
    let space: FeatureSpace
    let candidates: [CrossValidation.Candidate]
    /// Photos that were held out, fold by fold, by position over the set's train and validation photos.
    let held: [Int]
    let heldFolds: [Int]
    let truth: [Int]
    private let folds: [Fold]
    private let weightings: [ClassWeighting]

    /// What was fitted without one fold, and what it says of that fold.
    private struct Fold: Sendable {
        /// By weighting and penalty.
        let regressions: [[SoftmaxRegression.Fit]]
        let regressionScores: [[[Float]]]
        /// By shrinkage; nil where the photos have no shape.
        let discriminantScores: [[Float]]?
    }

    init(
        _ set: TrainingSet, _ folds: Folds, _ transform: FeatureTransform, _ weightings: [ClassWeighting],
        _ pool: WorkerPool, _ counter: FitCounter
    ) async throws {
        let rows = FoldRows(set, folds)
        let space = try await pool.run { cancellation in
            try FeatureSpace(
                set.stacked(includingValidation: true), labels: set.labels, transform: transform,
                poll: cancellation.check)
        }
        let grams = try await Self.inOrder(of: rows.held.count) { part in
            try await pool.run { try space.gram(rows: rows.held[part], poll: $0.check) }
        }
        let fits = try await pool.run { cancellation in
            var gram = grams[0]
            for other in grams.dropFirst() { LinearAlgebra.add(other, scaledBy: 1, to: &gram) }
            return (gram: gram, regression: try SoftmaxRegression(space, gram: gram, poll: cancellation.check))
        }
        let results = try await Self.inOrder(of: folds.count) { fold in
            try await pool.run { cancellation in
                let fold = try Self.fit(
                    fits.regression, space, rows, without: fold, fits.gram, grams[fold], weightings, cancellation)
                counter.add(Self.fitsPerFold(weightings))
                return fold
            }
        }
        self.folds = results
        held = (0..<folds.count).flatMap { folds.held(in: $0) }
        heldFolds = (0..<folds.count).flatMap { fold in folds.held(in: fold).map { _ in fold } }
        let classes = set.train.classes + set.validation.classes
        truth = held.map { classes[$0] }
        self.space = space
        self.weightings = weightings
        candidates = try await pool.run { [truth] cancellation in
            try Self.blends(results, space, truth, weightings, cancellation)
        }
    }

    static func fitsPerFold(_ weightings: [ClassWeighting]) -> Int {
        weightings.count * CrossValidation.penalties.count + CrossValidation.shrinkages.count
    }

    private static func inOrder<Value: Sendable>(
        of count: Int, _ body: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            for index in 0..<count { group.addTask { (index, try await body(index)) } }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func fit(
        _ regression: SoftmaxRegression, _ space: FeatureSpace, _ rows: FoldRows, without fold: Int, _ gram: [Float],
        _ foldGram: [Float], _ weightings: [ClassWeighting], _ cancellation: CancellationFlag
    ) throws -> Fold {
        let (fitted, asked) = (rows.fitted(without: fold), rows.asked[fold])
        let classes = fitted.map { space.classes[$0] }
        let penalties = CrossValidation.penalties.map { $0 / Double(fitted.count) * regression.spread }
        let regressions = try weightings.map { weighting in
            try regression.fits(
                rows: fitted, penalties: penalties,
                classWeights: weighting.weights(classes, classCount: space.labels.count),
                search: .toCompare, poll: cancellation.check)
        }
        var rest = gram
        LinearAlgebra.add(foldGram, scaledBy: -1, to: &rest)
        let analysis = DiscriminantAnalysis(space, rows: fitted, gram: rest)
        var discriminants: [[Float]]? = []
        for shrinkage in CrossValidation.shrinkages {
            try cancellation.check()
            guard let parameters = analysis.fit(shrinkage: shrinkage) else {
                discriminants = nil
                break
            }
            discriminants?.append(space.scores(parameters, rows: asked))
        }
        return Fold(
            regressions: regressions,
            regressionScores: regressions.map { $0.map { space.scores($0.parameters, rows: asked) } },
            discriminantScores: discriminants)
    }

    // MARK: Blending

    private static func blends(
        _ folds: [Fold], _ space: FeatureSpace, _ truth: [Int], _ weightings: [ClassWeighting],
        _ cancellation: CancellationFlag
    ) throws -> [CrossValidation.Candidate] {
        func temperature(_ scores: [Float]) throws -> Temperature {
            try Temperature(
                scores: scores, classes: truth, classCount: space.labels.count, isCautious: true,
                poll: cancellation.check)
        }
        let priors = ClassPriors(space.classes, classCount: space.labels.count)
        struct Discriminant {
            let shrinkage: Double
            let scores: [Float]
            let temperature: Double
            let prior: Double
        }
        func discriminants(_ weighting: ClassWeighting) throws -> [Discriminant] {
            guard folds.allSatisfy({ $0.discriminantScores != nil }) else { return [] }
            return try CrossValidation.shrinkages.enumerated().map { index, shrinkage in
                var scores = folds.flatMap { $0.discriminantScores?[index] ?? [] }
                let own = try temperature(scores).value
                guard weighting == .photos, !priors.areEqual else {
                    return Discriminant(shrinkage: shrinkage, scores: scores, temperature: own, prior: 0)
                }
                priors.add(to: &scores, scaledBy: own)
                return Discriminant(
                    shrinkage: shrinkage, scores: scores, temperature: try temperature(scores).value, prior: own)
            }
        }
        var candidates: [CrossValidation.Candidate] = []
        for (way, weighting) in weightings.enumerated() {
            let others = try discriminants(weighting)
            for (step, penalty) in CrossValidation.penalties.enumerated() {
                let scores = folds.flatMap { $0.regressionScores[way][step] }
                let own = try temperature(scores)
                func candidate(
                    _ shrinkage: Double?, _ scores: [Float], _ cooling: Temperature, _ blend: CrossValidation.Blend
                ) -> CrossValidation.Candidate {
                    let losses = Temperature.losses(
                        scores, classes: truth, classCount: space.labels.count, temperature: cooling.value)
                    let right = truth.indices.count { photo in
                        scores[photo * space.labels.count..<(photo + 1) * space.labels.count].indexOfLargest
                            == truth[photo]
                    }
                    return CrossValidation.Candidate(
                        transform: space.transform, weighting: weighting, penalty: penalty, shrinkage: shrinkage,
                        blend: blend, accuracy: Double(right) / Double(max(truth.count, 1)),
                        loss: losses.reduce(0.0) { $0 + Double($1) } / Double(max(losses.count, 1)), losses: losses)
                }
                if others.isEmpty || weightings.count > 1 {
                    candidates.append(candidate(nil, scores, own, .init(regression: 1 / own.value)))
                }
                for other in others {
                    var blend = CrossValidation.Blend(
                        regression: 0.5 / own.value, discriminant: 0.5 / other.temperature, prior: other.prior)
                    let mixed = blend.apply(scores, other.scores)
                    let last = try temperature(mixed)
                    blend.regression /= last.value
                    blend.discriminant /= last.value
                    candidates.append(candidate(other.shrinkage, mixed, last, blend))
                }
            }
        }
        return candidates
    }

    // MARK: What a candidate has said

    private func place(_ candidate: CrossValidation.Candidate) -> (weighting: Int, penalty: Int) {
        (
            weightings.firstIndex(of: candidate.weighting) ?? 0,
            CrossValidation.penalties.firstIndex(of: candidate.penalty) ?? 0
        )
    }

    /// Its logistic regression, by fold.
    func regression(_ candidate: CrossValidation.Candidate) -> [SoftmaxRegression.Fit] {
        let (way, step) = place(candidate)
        return folds.map { $0.regressions[way][step] }
    }

    /// Scores of the held-out photos by its logistic regression, as it was fitted: `[held, labels]`.
    func regressionScores(_ candidate: CrossValidation.Candidate) -> [Float] {
        let (way, step) = place(candidate)
        return folds.flatMap { $0.regressionScores[way][step] }
    }

    /// Scores of the held-out photos by its blend, or by another one of its parts: `[held, labels]`.
    func scores(_ candidate: CrossValidation.Candidate, _ other: CrossValidation.Blend? = nil) -> [Float] {
        let blend = other ?? candidate.blend
        let index = candidate.shrinkage.flatMap(CrossValidation.shrinkages.firstIndex(of:))
        var others = index.map { index in folds.flatMap { $0.discriminantScores?[index] ?? [] } }
        if blend.prior != 0, var scores = others {
            ClassPriors(space.classes, classCount: space.labels.count).add(to: &scores, scaledBy: blend.prior)
            others = scores
        }
        return blend.apply(regressionScores(candidate), others)
    }
}

/// Which rows of `stacked(includingValidation:)` belong to which fold: photos with their distorted views.
struct FoldRows: Sendable {
    /// By fold, photos and views; the last are those that are in no fold and always fitted on.
    let held: [[Int]]
    /// By fold, the photos alone: a candidate is judged on photos as they are.
    let asked: [[Int]]
    private let count: Int

    init(_ set: TrainingSet, _ folds: Folds) {
        let (train, views) = (set.train.count, set.views.count)
        func row(_ photo: Int) -> Int { photo < train ? photo : photo + train * views }
        func rows(_ photos: [Int]) -> [Int] {
            photos.map(row)
                + (0..<views).flatMap { view in photos.filter { $0 < train }.map { train * (view + 1) + $0 } }
        }
        asked = (0..<folds.count).map { folds.held(in: $0).map(row) }
        held =
            (0..<folds.count).map { rows(folds.held(in: $0)) }
            + [rows(folds.foldOf.indices.filter { folds.foldOf[$0] == nil })]
        count = set.train.count * (views + 1) + set.validation.count
    }

    func fitted(without fold: Int) -> [Int] {
        var isHeld = [Bool](repeating: false, count: count)
        for row in held[fold] { isHeld[row] = true }
        return (0..<count).filter { !isHeld[$0] }
    }
}

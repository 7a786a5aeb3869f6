/// What was tried, and what won.
extension EvaluationPage {
    private static let candidateLimit = 100

    var selection: String { candidates + trials }

    private var candidates: String {
        guard let selection = document.selection, !selection.candidates.isEmpty else { return "" }
        let rows = selection.candidates.prefix(Self.candidateLimit).enumerated().map { index, candidate in
            [
                candidate.chosen ? "\(index + 1), chosen" : "\(index + 1)", HTML.text(candidate.transform),
                HTML.text(candidate.weighting), HTML.number(candidate.l2Penalty),
                candidate.shrinkage.map { HTML.number($0) } ?? "none", HTML.percent(candidate.accuracy),
                HTML.number(candidate.logLoss, places: 4),
                "\(HTML.number(candidate.logLossExcess, places: 4)) ± \(HTML.number(candidate.standardError, places: 4))",
            ]
        }
        return HTML.table(
            "What was tried on \(selection.images) held-out photos, in \(selection.folds) folds",
            [
                "", "Features", "Weighting", "L2 penalty", "Discriminant analysis, shrinkage", "Accuracy", "Log loss",
                "Above the lowest",
            ], rows)
    }

    private var trials: String {
        guard let trials = document.trials, !trials.isEmpty else { return "" }
        let rows = trials.prefix(Self.candidateLimit).map { trial in
            [
                HTML.text(trial.setting.replacing("_", with: " ")),
                trial.options.prefix(2).map { "\(HTML.text($0.value)): \(HTML.number($0.logLoss, places: 4))" }
                    .joined(separator: ", "),
                "\(HTML.number(trial.logLossDifference, places: 4)) ± \(HTML.number(trial.standardError, places: 4))",
                HTML.text(trial.chosen),
            ]
        }
        return HTML.table(
            "Other settings, by the log loss of the same held-out photos",
            ["Setting", "Log loss", "Difference", "Chosen"],
            rows)
    }
}

import Domain
import Foundation
import Jobs
import Training

/// What a run tells a person, in the tutorial's words where it has any.
enum Report {
    static func split(_ plan: SplitPlan, _ collection: LabelledPhotos) {
        let counts = Split.allCases.map {
            "\(plan.indices(of: $0).count) \($0 == .train ? "to train on" : $0.rawValue)"
        }
        Console.say(
            "\(collection.photos.count) photos in \(collection.labels.count) classes: \(counts.joined(separator: ", "))."
        )
        let alike = collection.lookAlikes(plan)
        if let summary = alike.summary { Console.say(summary) }
        for warning in alike.warnings { Console.warn("Note: \(warning)") }
    }

    static func step(_ step: TrainingStep) {
        Console.say("Step \(step.number): Train accuracy = \(percent(step.train.accuracy))%")
        Console.say("Step \(step.number): Cross entropy = \(String(format: "%.6f", step.train.crossEntropy))")
        if let validation = step.validation {
            Console.say(
                "Step \(step.number): Validation accuracy = \(percent(validation.accuracy))% (N=\(validation.count))")
        }
    }

    /// The best of what was tried, and what was chosen of it.
    static func selection(_ selection: ModelSelection) {
        var table = TextTable(header: [
            "", "features", "weighting", "L2 penalty", "shrinkage", "accuracy", "cross entropy", "above the lowest",
        ])
        let shown = selection.candidates.enumerated().filter { $0.offset < selectionLimit || $0.element.isChosen }
        for (_, candidate) in shown {
            table.add([
                candidate.isChosen ? "*" : "", candidate.transform.rawValue, candidate.weighting.rawValue,
                "\(candidate.penalty)", candidate.shrinkage.map { "\($0)" } ?? "–", "\(percent(candidate.accuracy))%",
                String(format: "%.4f", candidate.loss),
                String(format: "%.4f ± %.4f", candidate.excess, candidate.standardError),
            ])
        }
        Console.say(
            "\(selection.candidates.count) ways to fit, on \(selection.photos) held-out photos; the best of them, and * what was "
                + "chosen:")
        for line in table.lines { Console.say(line) }
    }

    private static let selectionLimit = 5

    static func result(_ evaluation: Evaluation) {
        guard evaluation.metrics.count > 0 else {
            Console.say(
                "No photo was left to test on, so nobody knows how good this model is. Add photos, or raise "
                    + "--testing_percentage.")
            return
        }
        var table = TextTable(header: ["class", "test photos", "precision", "recall", "F1"])
        for report in evaluation.confusion.reports {
            table.add([
                Console.printable(report.label), "\(report.support)", share(report.precision), share(report.recall),
                share(report.f1),
            ])
        }
        Console.say("")
        for line in table.lines { Console.say(line) }
        Console.say("")
        Console.say(
            "Final test accuracy = \(percent(evaluation.metrics.accuracy))% (N=\(evaluation.metrics.count)), "
                + "95 % interval \(percent(evaluation.interval.lower))% to \(percent(evaluation.interval.upper))%")
    }

    /// What to make of it, the worst first.
    static func verdict(_ document: EvaluationDocument) {
        let findings = document.verdict ?? []
        if !findings.isEmpty { Console.say("") }
        for finding in findings {
            Console.say("\(finding.severity.rawValue.capitalized): \(finding.finding)")
            Console.say("  → \(finding.action)")
        }
        if !findings.isEmpty { Console.say("") }
    }

    static func misclassified(_ evaluation: Evaluation, paths: [String]) {
        Console.say("=== MISCLASSIFIED TEST IMAGES ===")
        for mistake in evaluation.mistakes {
            let label = evaluation.confusion.labels[mistake.predicted]
            Console.say(
                "\(Console.printable(paths[mistake.index]))  \(Console.printable(label)) "
                    + "(score=\(String(format: "%.5f", mistake.probability)))")
        }
    }

    private static func percent(_ value: Double) -> String { String(format: "%.1f", value * 100) }

    private static func share(_ value: Double?) -> String { value.map { String(format: "%.2f", $0) } ?? "–" }
}

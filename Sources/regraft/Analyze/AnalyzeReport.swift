import Domain
import Foundation
import Jobs
import Training

/// What an analysis tells a person at a terminal.
struct AnalyzeReport {
    private let analysis: PhotoAnalysis
    private let photos: LabelledPhotos

    init(_ analysis: PhotoAnalysis, _ photos: LabelledPhotos) {
        self.analysis = analysis
        self.photos = photos
    }

    func say(limit: Int) {
        let (errors, duplicates, outliers) = (of(.labelError), of(.duplicate), of(.outlier))
        let likely = errors.count { $0.isLikely }
        Console.say(
            "Photos: \(photos.photos.count), classes: \(photos.labels.count); labels in doubt: \(errors.count), likely wrong of them: "
                + "\(likely); sets of duplicates: \(duplicates.count); outliers: \(outliers.count).")
        for note in analysis.notes { Console.warn("Note: \(note)") }
        sayErrors(errors, limit)
        sayReasons("Duplicates", duplicates, limit)
        sayReasons("Outliers", outliers, limit)
    }

    private func of(_ kind: PhotoFinding.Kind) -> [PhotoFinding] { analysis.findings.filter { $0.kind == kind } }

    private func sayErrors(_ findings: [PhotoFinding], _ limit: Int) {
        guard !findings.isEmpty else { return }
        var table = TextTable(header: ["photo", "its label", "looks like", "probability", "wrong"])
        for finding in findings.prefix(limit) {
            guard let opinion = analysis.opinions[finding.photos[0]], let best = opinion.best.first else { continue }
            table.add([
                path(finding.photos[0]), Words.percent(Double(opinion.given)), photos.labels[best.label].printable,
                Words.percent(Double(best.probability)), finding.isLikely ? "likely" : "perhaps",
            ])
        }
        Console.say("\nLabels in doubt, the least probable first")
        for line in table.lines { Console.say(line) }
        sayRest(findings.count, limit)
    }

    private func sayReasons(_ title: String, _ findings: [PhotoFinding], _ limit: Int) {
        guard !findings.isEmpty else { return }
        Console.say("\n\(title)")
        for finding in findings.prefix(limit) {
            let names = finding.photos.prefix(5).map(path).joined(separator: " = ")
            let rest = finding.photos.count > 5 ? " …" : ""
            Console.say("\(names)\(rest): \(finding.reason)\(advice(finding))")
        }
        sayRest(findings.count, limit)
    }

    private func advice(_ finding: PhotoFinding) -> String {
        let subjects = finding.subjects.prefix(5).map(path).joined(separator: ", ")
        let rest = finding.subjects.count > 5 ? " and \(finding.subjects.count - 5) more" : ""
        return switch finding.action {
        case .relabel(let label): " Move \(subjects)\(rest) to '\(photos.labels[label].printable)'."
        case .delete: " Delete \(subjects)\(rest)."
        case .look: ""
        }
    }

    private func sayRest(_ count: Int, _ limit: Int) {
        if count > limit { Console.say("… and \(count - limit) more; --limit 0 lists all.") }
    }

    private func path(_ photo: Int) -> String { photos.photos[photo].path.printable }
}

import Domain
public import Foundation

/// An evaluation as a page that a person can read, print and send on: one file that uses no other, but the photos. The verdict
/// stands first.
public struct EvaluationPage: Sendable {
    /// Where a photo's picture is: an address for `src`, or nil where it cannot be shown.
    public typealias Photo = @Sendable (_ image: Int64?, _ path: String) -> String?

    let document: EvaluationDocument
    private let title: String
    let photo: Photo

    public init(_ document: EvaluationDocument, title: String, photo: @escaping Photo) {
        self.document = document
        self.title = title
        self.photo = photo
    }

    /// Scripts and anything from elsewhere are refused, whatever a label might hold.
    public static let contentSecurityPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'"

    public var html: Data {
        let version = document.datasetVersion.map { " version \($0)" } ?? ""
        let text = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(HTML.text(title))</title>
            <style>
            \(PageStyle.css)
            </style>
            </head>
            <body>
            <main>
            <header><h1>\(HTML.text(title))</h1>
            <p class="muted">Trained on \(HTML.name(document.dataset))\(HTML.text(version)), backbone \(HTML.text(document.backbone)), recipe \(document.recipe.rawValue)</p></header>
            \(HTML.section("What to make of it", verdict))\(HTML.section("Accuracy", numbers))\
            \(HTML.section("What is taken for what", confusion))\(HTML.section("Classes", classes))\
            \(HTML.section("How sure it is, and how often that is right", confidence))\
            \(HTML.section("How it learnt", curves))\(HTML.section("Worst mistakes", mistakes))\
            \(HTML.section("Labels that may be wrong", doubts))\(HTML.section("How it was made", making))
            </main>
            </body>
            </html>

            """
        return Data(text.utf8)
    }

    private var verdict: String {
        guard let findings = document.verdict, !findings.isEmpty else { return "" }
        let items = findings.map { finding in
            """
            <li class="\(finding.severity.rawValue)"><b>\(finding.severity.rawValue)</b>
            <span>\(HTML.text(finding.finding))</span> <span class="muted">\(HTML.text(finding.action))</span></li>

            """
        }
        return "<ol class=\"verdict\">\n\(items.joined())</ol>\n"
    }

    private var numbers: String {
        var facts: [(String, String)] = []
        var head = "<p>There was no photo to test on.</p>"
        if let accuracy = document.accuracy, let interval = document.accuracyInterval, interval.count == 2 {
            head = """
                <p><span class="big">\(HTML.percent(accuracy))</span> of \(document.testImages) test photos;
                95 % interval \(HTML.percent(interval[0])) to \(HTML.percent(interval[1])).</p>
                """
        }
        if let topFive = document.topFiveAccuracy {
            facts.append(("Among its five best answers", HTML.percent(topFive)))
        }
        facts.append(("Log loss", HTML.number(document.logLoss)))
        if let held = document.heldOut {
            facts.append(("Of \(held.images) held-out photos", HTML.percent(held.accuracy)))
        }
        facts.append(("Of photos it learnt from", HTML.percent(document.trainAccuracy)))
        facts.append(("Validation", HTML.percent(document.validationAccuracy)))
        facts.append(
            (
                "Photos: train, validation, test",
                "\(document.trainImages), \(document.validationImages), \(document.testImages)"
            )
        )
        if let threshold = document.threshold {
            facts.append(
                threshold.coverage == 0
                    ? ("Marked as unsure", "every answer")
                    : ("Answers under this are marked as unsure", HTML.percent(threshold.confidence)))
        }
        let list = facts.map { "<div><dt>\(HTML.text($0.0))</dt><dd>\(HTML.text($0.1))</dd></div>" }
        return "\(head)\n<dl>\(list.joined())</dl>\n"
    }

    private var making: String {
        let decision = document.promotion.map { ["Promotion: \($0.reason)."] } ?? []
        return (document.notes + decision).map { "<p>\(HTML.text($0))</p>\n" }.joined() + selection
    }
}

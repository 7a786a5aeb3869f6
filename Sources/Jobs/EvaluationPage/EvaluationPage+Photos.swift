/// Photos: what it got wrong, and what may be labelled wrong.
extension EvaluationPage {
    private static let shown = 60

    var mistakes: String {
        guard document.testImages > 0 else { return "" }
        let all = document.misclassified
        guard !all.isEmpty else { return "<p>None of the test photos.</p>\n" }
        let items = all.prefix(Self.shown).map { mistake in
            item(mistake.image, mistake.path, alt: "\(mistake.label) taken for \(mistake.predicted)") {
                "is \(HTML.name(mistake.label)) (\(HTML.percent(mistake.labelProbability))), taken for "
                    + "<b>\(HTML.name(mistake.predicted))</b> (\(HTML.percent(mistake.probability)))"
            }
        }
        let total = document.misclassifiedImages ?? all.count
        return """
            <p class="muted">\(min(all.count, Self.shown)) of \(total), the surest first, each with the probability of its label and
            of the answer.</p>
            <ul class="photos">
            \(items.joined())</ul>

            """
    }

    var doubts: String {
        guard let found = document.doubtfulLabels, !found.images.isEmpty else { return "" }
        let items = found.images.map { doubt in
            item(doubt.image, doubt.path, alt: "labelled \(doubt.label)") {
                "labelled \(HTML.name(doubt.label)) (\(HTML.percent(doubt.labelProbability))), rather "
                    + "<b>\(HTML.name(doubt.suggested))</b> (\(HTML.percent(doubt.suggestedProbability)))"
            }
        }
        return """
            <p class="muted">\(found.images.count) of \(found.count), by what a model says that had not seen them; \(found.lookedAt)
            photos were looked at.</p>
            <ul class="photos">
            \(items.joined())</ul>

            """
    }

    private func item(_ image: Int64?, _ path: String, alt: String, _ words: () -> String) -> String {
        let picture =
            photo(image, path).map { "<img src=\"\(HTML.text($0))\" alt=\"\(HTML.text(alt))\" loading=\"lazy\">" } ?? ""
        return "<li>\(picture)<span class=\"muted\">\(HTML.name(path))</span> \(words())</li>\n"
    }
}

/// Classes, and what is taken for what.
extension EvaluationPage {
    /// More cells than these nobody reads.
    private static let matrixLimit = 24
    private static let rowLimit = 100

    /// All of them, or the worst.
    var classes: String {
        var shown = document.classes
        if shown.count > Self.rowLimit {
            shown = Array(
                shown.enumerated().sorted { ($0.element.f1 ?? 2, $0.offset) < ($1.element.f1 ?? 2, $1.offset) }
                    .map(\.element).prefix(Self.rowLimit))
        }
        let rows = shown.map { entry in
            [
                HTML.name(entry.label), entry.images.map(String.init) ?? "–", "\(entry.support)",
                HTML.percent(entry.precision), HTML.percent(entry.recall), HTML.percent(entry.f1),
                HTML.percent(entry.averagePrecision),
            ]
        }
        let caption =
            shown.count < document.classes.count
            ? "The \(shown.count) worst of \(document.classes.count) classes" : "\(shown.count) classes"
        return HTML.table(
            caption, ["Class", "Photos", "Test photos", "Precision", "Recall", "F1", "Average precision"], rows)
    }

    var confusion: String {
        guard document.testImages > 0 else { return "" }
        return document.classes.count > Self.matrixLimit ? pairs : matrix
    }

    private var matrix: String {
        var counts: [[Int]: Int] = [:]
        var sums: [Int: Int] = [:]
        for cell in document.confusion where cell.count == 3 {
            counts[[cell[0], cell[1]]] = cell[2]
            sums[cell[0], default: 0] += cell[2]
        }
        let head = document.classes.map { "<th scope=\"col\">\(HTML.name($0.label))</th>" }.joined()
        let rows = document.classes.enumerated().map { truth, entry in
            let cells = document.classes.indices.map { predicted in
                let count = counts[[truth, predicted]] ?? 0
                let share = 85 * count / max(sums[truth] ?? 1, 1)
                return "<td class=\"\(truth == predicted ? "right" : "wrong")\" style=\"--share:\(share)%\">"
                    + "\(count == 0 ? "·" : "\(count)")</td>"
            }
            return "<tr><th scope=\"row\">\(HTML.name(entry.label))</th>\(cells.joined())</tr>\n"
        }
        return """
            <div class="scroll" role="region" aria-label="Confusion matrix" tabindex="0"><table class="matrix">
            <caption>Rows are what a photo is, columns what it is taken for</caption>
            <thead><tr><td></td>\(head)</tr></thead>
            <tbody>\(rows.joined())</tbody></table></div>

            """
    }

    private var pairs: String {
        let mistakes = document.confusion.filter { $0.count == 3 && $0[0] != $0[1] }
            .sorted { ($0[2], $1[0], $1[1]) > ($1[2], $0[0], $0[1]) }
        guard !mistakes.isEmpty else { return "<p>It made no mistake on the test photos.</p>\n" }
        return HTML.table(
            "The most frequent of \(mistakes.count) kinds of mistakes", ["It is", "It is taken for", "Photos"],
            mistakes.prefix(50).map { cell in
                [name(cell[0]), name(cell[1]), "\(cell[2])"]
            })
    }

    private func name(_ index: Int) -> String {
        document.classes.indices.contains(index) ? HTML.name(document.classes[index].label) : "\(index)"
    }
}

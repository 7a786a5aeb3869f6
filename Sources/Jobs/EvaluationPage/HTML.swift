import Domain

/// Text as part of a page. All that comes from outside goes through here, and only here.
enum HTML {
    /// In an element or an attribute in double quotes (WHATWG HTML, 13.3); what would turn the line is shown as it is written.
    static func text(_ text: String) -> String {
        var result = ""
        for scalar in text.printable.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A label, beside which numbers stay where they are, whatever direction it is written in.
    static func name(_ label: String) -> String { "<bdi>\(text(label))</bdi>" }

    /// - Parameters:
    ///   - rows: cells that are already markup; the first of a row is its heading.
    static func table(_ caption: String, _ header: [String], _ rows: [[String]]) -> String {
        let head = header.map { "<th scope=\"col\">\(text($0))</th>" }.joined()
        let body = rows.map { row in
            let cells = row.enumerated().map { index, cell in
                index == 0 ? "<th scope=\"row\">\(cell)</th>" : "<td>\(cell)</td>"
            }
            return "<tr>\(cells.joined())</tr>\n"
        }
        return """
            <div class="scroll" role="region" aria-label="\(text(caption))" tabindex="0"><table><caption>\(text(caption))</caption>
            <thead><tr>\(head)</tr></thead>
            <tbody>\(body.joined())</tbody></table></div>

            """
    }

    static func section(_ title: String, _ content: String) -> String {
        content.isEmpty ? "" : "<section>\n<h2>\(text(title))</h2>\n\(content)</section>\n"
    }

    static func percent(_ share: Double?) -> String {
        share.map { "\(($0 * 100).rounded(places: 1)) %" } ?? "–"
    }

    static func number(_ value: Double?, places: Int = 3) -> String {
        value.map { "\($0.rounded(places: places))" } ?? "–"
    }
}

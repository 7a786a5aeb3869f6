import Foundation

/// A picture of some lines, as SVG that takes its colours from the page.
struct Plot {
    struct Line {
        /// One of the page's colours: `train`, `validation` or `test`.
        let colour: String
        let name: String
        let points: [(x: Double, y: Double)]
        var isDashed = false
        var hasDots = false
    }

    let title: String
    let axes: (x: String, y: String)
    let lines: [Line]
    var x: ClosedRange<Double> = 0...1
    var y: ClosedRange<Double> = 0...1
    /// How a value of an axis is written.
    var format: (Double) -> String = { HTML.number($0, places: 2) }
    /// What a person hears who does not see it.
    let description: String

    private static let size = (width: 460.0, height: 280.0)
    private static let margin = (left: 52.0, right: 24.0, top: 12.0, bottom: 40.0)

    var svg: String {
        let (size, margin) = (Self.size, Self.margin)
        var parts: [String] = []
        for step in 0...4 {
            let share = Double(step) / 4
            let (across, up) = (value(x, share), value(y, share))
            parts.append(
                "<line class=\"grid\" x1=\"\(place(x: x.lowerBound))\" x2=\"\(place(x: x.upperBound))\" y1=\"\(place(y: up))\" "
                    + "y2=\"\(place(y: up))\"/>")
            parts.append(
                "<text x=\"\(margin.left - 7)\" y=\"\(place(y: up))\" dy=\"4\" text-anchor=\"end\">\(HTML.text(format(up)))</text>"
            )
            parts.append(
                "<text x=\"\(place(x: across))\" y=\"\(size.height - margin.bottom + 16)\" text-anchor=\"middle\">"
                    + "\(HTML.text(across == across.rounded() ? "\(Int(across))" : HTML.number(across, places: 2)))</text>"
            )
        }
        parts.append(
            "<text x=\"\((size.width + margin.left) / 2)\" y=\"\(size.height - 6)\" text-anchor=\"middle\">\(HTML.text(axes.x))</text>"
        )
        parts += lines.flatMap(drawn)
        let legend = lines.map { "<span class=\"key \($0.colour)\">\(HTML.text($0.name))</span>" }.joined(
            separator: " ")
        return """
            <figure><figcaption>\(HTML.text(title)) <span class="muted">(\(HTML.text(axes.y)))</span></figcaption>\(legend)
            <svg viewBox="0 0 \(size.width) \(size.height)" role="img" aria-label="\(HTML.text(description))">
            \(parts.joined(separator: "\n"))
            </svg></figure>

            """
    }

    private func drawn(_ line: Line) -> [String] {
        let path = line.points.enumerated().map { index, point in
            "\(index == 0 ? "M" : "L")\(place(x: point.x)) \(place(y: point.y))"
        }.joined()
        let dots = line.points.map { point in
            "<circle class=\"dot \(line.colour)\" cx=\"\(place(x: point.x))\" cy=\"\(place(y: point.y))\" r=\"3.5\"/>"
        }
        return ["<path class=\"line \(line.colour)\(line.isDashed ? " dashed" : "")\" d=\"\(path)\"/>"]
            + (line.hasDots || line.points.count == 1 ? dots : [])
    }

    private func value(_ range: ClosedRange<Double>, _ share: Double) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * share
    }

    private func place(x value: Double) -> String {
        let inner = Self.size.width - Self.margin.left - Self.margin.right
        return Self.shortened(Self.margin.left + inner * Self.share(value, x))
    }

    private func place(y value: Double) -> String {
        let inner = Self.size.height - Self.margin.top - Self.margin.bottom
        return Self.shortened(Self.margin.top + inner * (1 - Self.share(value, y)))
    }

    private static func share(_ value: Double, _ range: ClosedRange<Double>) -> Double {
        let width = range.upperBound - range.lowerBound
        guard width > 0, value.isFinite else { return 0 }
        return min(1, max(0, (value - range.lowerBound) / width))
    }

    private static func shortened(_ value: Double) -> String { String(format: "%.1f", value) }
}

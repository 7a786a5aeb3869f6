/// What is drawn, each with its numbers as a table for those who do not see it.
extension EvaluationPage {
    var confidence: String {
        let plots = [reliability, precisionRecall].compactMap(\.self)
        return plots.isEmpty ? "" : "<div class=\"plots\">\(plots.joined())</div>\n"
    }

    private var reliability: String? {
        guard let calibration = document.calibration else { return nil }
        let curves: [(String, String, EvaluationDocument.Reliability?)] = [
            ("test", "Test photos", calibration.test), ("validation", "Held-out photos", calibration.heldOut),
            (
                "train",
                calibration.testBefore == nil
                    ? "Held-out photos, before calibration" : "Test photos, before calibration",
                calibration.testBefore ?? calibration.heldOutBefore
            ),
        ]
        let known = curves.compactMap { colour, name, curve in curve.map { (colour, name, $0) } }
        guard !known.isEmpty else { return nil }
        let lines = known.map { colour, name, curve in
            Plot.Line(
                colour: colour, name: "\(name): calibration error \(HTML.percent(curve.error))",
                points: curve.bins.compactMap { bin in
                    guard let confidence = bin.confidence, let accuracy = bin.accuracy else { return nil }
                    return (confidence, accuracy)
                }, hasDots: true)
        }
        let perfect = Plot.Line(colour: "perfect", name: "Perfect", points: [(0, 0), (1, 1)], isDashed: true)
        let plot = Plot(
            title: "Reliability", axes: ("confidence of the answer", "part of the answers that is right"),
            lines: [perfect] + lines,
            description: "Reliability curve. "
                + known.map { "\($0.1): expected calibration error \(HTML.percent($0.2.error))." }
                .joined(separator: " "))
        let rows = known.flatMap { _, name, curve in
            curve.bins.filter { $0.images > 0 }.map { bin in
                [
                    HTML.text(name), "\(HTML.percent(bin.lower)) to \(HTML.percent(bin.upper))",
                    "\(bin.images)", HTML.percent(bin.confidence), HTML.percent(bin.accuracy),
                ]
            }
        }
        return
            "<div>\(plot.svg)\(table("Reliability", ["Photos of", "Confidence", "Photos", "Mean confidence", "Right"], rows))</div>"
    }

    private var precisionRecall: String? {
        guard let points = document.precisionRecall, !points.isEmpty else { return nil }
        let plot = Plot(
            title: "Precision and recall", axes: ("part of the photos that is answered", "share"),
            lines: [
                Plot.Line(
                    colour: "test", name: "Precision: of the answers given, right",
                    points: points.map { ($0.coverage, $0.precision) }),
                Plot.Line(
                    colour: "validation", name: "Recall: of all photos, answered and right",
                    points: points.map { ($0.coverage, $0.recall) }),
            ],
            description:
                "Precision and recall over the part of the test photos that is answered when those under a threshold do not count as answers. "
                + "With all answered, the precision is \(HTML.percent(points.last?.precision)).")
        let stride = max(1, points.count / 20)
        let rows = points.enumerated().filter { $0.offset.isMultiple(of: stride) || $0.offset == points.count - 1 }
            .map { _, point in
                [
                    HTML.percent(point.threshold), HTML.percent(point.coverage), HTML.percent(point.precision),
                    HTML.percent(point.recall),
                ]
            }
        return "<div>\(plot.svg)\(table("Thresholds", ["Threshold", "Answered", "Precision", "Recall"], rows))</div>"
    }

    var curves: String {
        guard let points = document.curve, let last = points.last else { return "" }
        let steps = 0...Double(max(1, last.step))
        let accuracy = Plot(
            title: "Accuracy", axes: ("step", "accuracy"),
            lines: [
                line("train", "Train", points) { $0.trainAccuracy },
                line("validation", "Validation", points) { $0.validationAccuracy },
            ],
            x: steps,
            description: "Accuracy over the steps; at the last, train \(HTML.percent(last.trainAccuracy)), validation "
                + "\(HTML.percent(last.validationAccuracy)).")
        let highest = points.flatMap { [$0.trainCrossEntropy, $0.validationCrossEntropy ?? 0] }.max() ?? 1
        let loss = Plot(
            title: "Cross-entropy", axes: ("step", "nats"),
            lines: [
                line("train", "Train", points) { $0.trainCrossEntropy },
                line("validation", "Validation", points) { $0.validationCrossEntropy },
            ],
            x: steps, y: 0...max(highest, 1e-6), format: { HTML.number($0, places: 3) },
            description:
                "Cross-entropy over the steps; at the last, train \(HTML.number(last.trainCrossEntropy)), validation "
                + "\(HTML.number(last.validationCrossEntropy)).")
        return "<div class=\"plots\">\(accuracy.svg)\(loss.svg)</div>\n"
    }

    private func line(
        _ colour: String, _ name: String, _ points: [TrainingCurve.Point], _ value: (TrainingCurve.Point) -> Double?
    ) -> Plot.Line {
        Plot.Line(
            colour: colour, name: name,
            points: points.compactMap { point in value(point).map { (Double(point.step), $0) } })
    }

    private func table(_ caption: String, _ header: [String], _ rows: [[String]]) -> String {
        "<details><summary>As a table</summary>\(HTML.table(caption, header, rows))</details>"
    }
}

import Foundation
import Jobs
import Testing
import Training

/// The page as bytes. How it looks is for `scripts/dashboard_check.py`.
struct EvaluationPageTests {
    private static let hostile = #"</title><script>alert("1")</script>'&"#

    private func page(classes: Int = 2) throws -> String {
        let fields: [String: Any] = [
            "format": "regraft-evaluation", "version": 2, "dataset": "d", "dataset_version": 1, "backbone": "stub",
            "recipe": "auto", "notes": [Self.hostile], "train_images": 4, "validation_images": 1, "test_images": 3,
            "accuracy": 0.75, "accuracy_interval": [0.3, 0.9],
            "selection": [
                "images": 5, "folds": 2, "fits": 4,
                "candidates": [
                    [
                        "transform": Self.hostile, "weighting": Self.hostile, "l2_penalty": 0.3, "accuracy": 0.5,
                        "log_loss": 0.61, "log_loss_excess": 0, "standard_error": 0.01, "chosen": true,
                    ] as [String: Any]
                ],
            ] as [String: Any],
            "trials": [
                [
                    "setting": Self.hostile, "chosen": Self.hostile, "log_loss_difference": -0.2, "standard_error": 0.1,
                    "options": [["value": Self.hostile, "log_loss": 0.5] as [String: Any]],
                ] as [String: Any]
            ],
            "verdict": [
                [
                    "code": "overfitting", "severity": "warning", "finding": "It is \(Self.hostile)",
                    "action": "Mend it.",
                    "numbers": [String: Double](),
                ] as [String: Any]
            ],
            "classes": (0..<classes).map { ["label": "\(Self.hostile)\($0)", "support": 1] as [String: Any] },
            "confusion": [[0, 0, 2], [0, 1, 1]],
            "precision_recall": [["threshold": 0.5, "precision": 0.75, "coverage": 1, "recall": 0.75]],
            "calibration": [
                "test": [
                    "error": 0.1, "images": 3,
                    "bins": [["lower": 0.4, "upper": 0.5, "images": 3, "confidence": 0.45, "accuracy": 0.66]],
                ] as [String: Any]
            ],
            "misclassified": [
                [
                    "image": 7, "path": Self.hostile, "label": Self.hostile, "predicted": "b", "probability": 0.6,
                    "label_probability": 0.4,
                ] as [String: Any]
            ],
            "curve": [["step": 0, "train_accuracy": 0.5, "train_cross_entropy": 0.7]],
        ]
        let document = try EvaluationDocument(decoding: try JSONSerialization.data(withJSONObject: fields))
        let page = EvaluationPage(document, title: Self.hostile) { image, path in
            image.map { "/images/\($0)?name=\(path)&size=1" }
        }
        return String(decoding: page.html, as: UTF8.self)
    }

    // Labels, names and paths come from users, and are in it as text: in elements, in attributes and in the title.
    @Test func escapesWhatUsersWrote() throws {
        let page = try page()
        #expect(
            !page.contains("<script") && page.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;"))
        #expect(page.components(separatedBy: "</title>").count == 2)
        #expect(page.contains("&amp;size=1\" alt="))
    }

    @Test func standsAlone() throws {
        let page = try page()
        #expect(page.hasPrefix("<!doctype html>") && page.contains("<html lang=\"en\">"))
        for outside in ["http:", "https:", "<link", "@import", "url("] {
            #expect(!page.contains(outside), "\(outside)")
        }
        #expect(EvaluationPage.contentSecurityPolicy.contains("default-src 'none'"))
        #expect(!EvaluationPage.contentSecurityPolicy.contains("script-src"))
    }

    @Test func beginsWithTheVerdict() throws {
        let page = try page()
        let order = [
            "What to make of it", "75.0 %", "Confusion matrix", "Reliability", "Precision and recall", "How it learnt",
            "Worst mistakes",
        ]
        let places = try order.map { try #require(page.firstRange(of: $0)?.lowerBound, "\($0)") }
        #expect(places == places.sorted())
        #expect(
            page.components(separatedBy: "<svg").count == 5 && page.components(separatedBy: "role=\"img\"").count == 5)
        #expect(page.contains("is <bdi>") && page.contains("(40.0 %)"))
    }

    @Test func tellsWhatWasTried() throws {
        let page = try page()
        #expect(page.contains("What was tried on 5 held-out photos, in 2 folds") && page.contains("1, chosen"))
        #expect(page.contains("0.61") && page.contains("-0.2 ± 0.1"))
    }

    /// Of many classes nobody reads a matrix.
    @Test func listsPairsOfManyClasses() throws {
        let page = try page(classes: 25)
        #expect(!page.contains("Confusion matrix") && page.contains("The most frequent of 1 kinds of mistakes"))
        #expect(try self.page(classes: 24).contains("Confusion matrix"))
        #expect(try self.page(classes: 101).contains("The 100 worst of 101 classes"))
    }
}

public import Domain
public import Foundation

/// A file of labels as `retrain.py` wrote and `label_image.py` reads it: one a line, in the order of the model's outputs.
public enum LabelFile {
    public enum Spelling: Sendable {
        /// As the labels are.
        case exact
        /// As `retrain.py` spelt them: lower case, and every run of characters outside a–z and 0–9 one space.
        case normalised
    }

    /// - Returns: UTF-8 with a line feed after each label. Each line break inside one is a space there.
    /// - Throws: `RegraftError` (`labels_coincide`) where two normalised labels would be the same line, or one an empty one.
    public static func data(_ labels: [String], spelling: Spelling = .exact) throws(RegraftError) -> Data {
        let lines = labels.map { spelling == .exact ? line($0) : normalised($0) }
        if spelling == .normalised { try check(lines, of: labels) }
        return Data(lines.map { $0 + "\n" }.joined().utf8)
    }

    /// Whether the label's line is not the label itself.
    public static func isChanged(_ label: String) -> Bool { label.contains(lineBreak) }

    /// The first other label whose line is the same, exactly spelt.
    public static func namesake(of label: String, among labels: [String]) -> String? {
        labels.first { other in
            !other.utf8.elementsEqual(label.utf8) && line(other).utf8.elementsEqual(line(label).utf8)
        }
    }

    private static func line(_ label: String) -> String { label.replacing(lineBreak, with: " ") }

    /// What Python's `splitlines` takes for one, which is more than Swift does: whoever reads the file would count more lines.
    private static var lineBreak: some RegexComponent<Substring> {
        /\r\n|[\n\x0B\x0C\r\x1C\x1D\x1E\x85\u2028\u2029]/.matchingSemantics(.unicodeScalar)
    }

    /// By code points, as Python does it: of an e with an accent of its own the e is left.
    private static func normalised(_ label: String) -> String {
        label.lowercased().replacing(/[^a-z0-9]+/.matchingSemantics(.unicodeScalar), with: " ")
    }

    private static func check(_ lines: [String], of labels: [String]) throws(RegraftError) {
        var first: [String: String] = [:]
        for (line, label) in zip(lines, labels) {
            guard line.contains(where: { $0 != " " }) else {
                throw RegraftError(
                    "labels_coincide",
                    "Of the label '\(label.printable)' the normalised spelling, which has a-z and 0-9 only, leaves nothing. "
                        + "Rename it, or keep labels as they are.")
            }
            if let other = first[line] {
                throw RegraftError(
                    "labels_coincide",
                    "The labels '\(other.printable)' and '\(label.printable)' are both '\(line)' in the normalised spelling. "
                        + "Rename one, or keep labels as they are.")
            }
            first[line] = label
        }
    }
}

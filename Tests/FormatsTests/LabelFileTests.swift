import Domain
import Formats
import Foundation
import Testing

struct LabelFileTests {
    private func lines(_ labels: [String], _ spelling: LabelFile.Spelling = .exact) throws -> [String] {
        let text = String(decoding: try LabelFile.data(labels, spelling: spelling), as: UTF8.self)
        #expect(text.hasSuffix("\n"))
        return text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func isOneLabelALine() throws {
        #expect(try LabelFile.data(["tulip", "Ä\u{308} rose"]) == Data("tulip\nÄ\u{308} rose\n".utf8))
        #expect(try lines([" a ", "A", "a"]) == [" a ", "A", "a"])
    }

    // A line break would make two labels of one. All that str.splitlines of Python 3 knows, and each is one space.
    @Test func hasNoLineBreakInALabel() throws {
        #expect(
            try lines(["a\nb", "c\r\nd\u{2028}e", "\n", "\n\n", "\r\u{301}"]) == [
                "a b", "c d e", " ", "  ", " \u{301}",
            ])
        for scalar in "\n\u{B}\u{C}\r\u{1C}\u{1D}\u{1E}\u{85}\u{2028}\u{2029}".unicodeScalars {
            #expect(LabelFile.isChanged("a\(scalar)b"))
            #expect(try LabelFile.data(["a\(scalar)b"]) == Data("a b\n".utf8), "\(scalar.value)")
        }
        #expect(!LabelFile.isChanged("a b\t\u{1F}\u{A0}"))
    }

    @Test func knowsWhichLabelsCoincide() {
        let labels = ["a", "a b", "a\nb", "e\u{301}", "é"]
        #expect(LabelFile.namesake(of: "a\nb", among: labels) == "a b")
        #expect(LabelFile.namesake(of: "a", among: labels) == nil)
        #expect(LabelFile.namesake(of: "é", among: labels) == nil)
    }

    // What Python's re.sub(r'[^a-z0-9]+', ' ', label.lower()) gives.
    @Test(arguments: [
        ("Roses", "roses"), ("Rosa – Chinensis (Jacq.)", "rosa chinensis jacq "), ("ÅSE_2", " se 2"),
        ("  tall__Tree--9 ", " tall tree 9 "), ("İstanbul", "i stanbul"), ("日本x", " x"), ("cafe\u{301}s", "cafe s"),
    ])
    func spellsAsTheTutorial(label: String, line: String) throws {
        #expect(try lines([label, "other"], .normalised) == [line, "other"])
    }

    @Test(arguments: [(["Rose", "tulip", "rose"], "'Rose' and 'rose'"), (["日本", "a"], "'日本'")])
    func refusesLabelsThatCoincide(labels: [String], said: String) {
        let error = #expect(throws: RegraftError.self) { try LabelFile.data(labels, spelling: .normalised) }
        #expect(error?.code == "labels_coincide" && error?.message.contains(said) == true)
        #expect(throws: Never.self) { try LabelFile.data(labels) }
    }
}

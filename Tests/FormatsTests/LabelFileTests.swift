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

    // A line break would make two labels of one.
    @Test func hasNoLineBreakInALabel() throws {
        #expect(try lines(["a\nb", "c\r\nd\u{2028}e"]) == ["a b", "c d e"])
        #expect(LabelFile.isChanged("a\nb") && !LabelFile.isChanged("a b"))
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

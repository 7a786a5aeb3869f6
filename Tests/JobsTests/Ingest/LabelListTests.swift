import Domain
import Foundation
import Jobs
import Testing

/// `labels.csv` by RFC 4180.
struct LabelListTests {
    private static let cases: [(list: String, labels: [String: String])] = [
        ("a,b", ["a": "b"]), ("a,b\r\nc,d\r\n", ["a": "b", "c": "d"]), ("a,b\rc,d", ["a": "b", "c": "d"]),
        ("\n\na,b\n\n", ["a": "b"]), ("file,label\na,b\n", ["a": "b"]), ("File , LABEL\na,b\n", ["a": "b"]),
        ("label,id,image\nb,1,a\n", ["a": "b"]), ("\"a\",\"b\"\n", ["a": "b"]),
        ("\"a,1\",\"say \"\"b\"\"\"\n", ["a,1": "say \"b\""]), ("\"a\n1\",b\n\"c\",d", ["a\n1": "b", "c": "d"]),
        ("a,b,more\nc,d\n", ["a": "b", "c": "d"]), ("a,b\"c\n", ["a": "b\"c"]), ("é,ß\n", ["é": "ß"]),
        // The last one counts.
        ("a,b\na,c\n", ["a": "c"]),
    ]

    @Test func reads() throws {
        for (list, labels) in Self.cases {
            #expect(try LabelList.parse(Data(list.utf8)) {} == labels, "\(list)")
            #expect(try LabelList.parse(Data([0xEF, 0xBB, 0xBF]) + Data(list.utf8)) {} == labels, "\(list)")
        }
    }

    @Test func saysWhichLineIsWrong() {
        let cases = [
            ("a,b\nc\n", "line 2 does not"), ("a,b\n\nc,\n", "line 3 does not"), ("a,b\n,d\n", "line 2 does not"),
            ("a,b\n\"c,d\n", "a quotation mark in line 2"), ("\"a\"x,b\n", "in line 1 something follows"),
            ("", "names no file"), (String(repeating: ",", count: 2000), "more than 1000 values"),
        ]
        for (list, says) in cases {
            let error = #expect(throws: RegraftError.self) { try LabelList.parse(Data(list.utf8)) {} }
            #expect(error?.code == "invalid_labels_csv" && error?.message.contains(says) == true, "\(list): \(says)")
        }
    }

    @Test func takesSoManyRows() throws {
        let list = Data("file,label\na,b\nc,d\n".utf8)
        #expect(try LabelList.parse(list, maximumRows: 3) {}.count == 2)
        let error = #expect(throws: RegraftError.self) { try LabelList.parse(list, maximumRows: 2) {} }
        #expect(error?.code == "invalid_labels_csv" && error?.message.contains("more than 2 lines") == true)
    }

    // Somebody who cancels should not wait for millions of lines.
    @Test func asksWhetherToGoOn() {
        let list = Data(String(repeating: "a,b\n", count: 100_000).utf8)
        var left = 3
        #expect(throws: CancellationError.self) {
            try LabelList.parse(list) {
                left -= 1
                if left == 0 { throw CancellationError() }
            }
        }
        #expect(left == 0)
    }
}

import API
import Foundation
import Testing

struct FilesInTransitTests {
    @Test func keepsOneOfEachWhileItIsTaken() {
        let files = FilesInTransit()
        var first: FilesInTransit.File? = files.share(Data("a".utf8), sha256: "1")
        var second: FilesInTransit.File? = files.share(Data("a".utf8), sha256: "1")
        let other = files.share(Data("b".utf8), sha256: "2")
        #expect(first === second && first !== other)
        weak let gone = first
        first = nil
        #expect(gone != nil && gone === second)
        second = nil
        #expect(gone == nil)
        #expect(files.share(Data("b".utf8), sha256: "2") === other)
    }
}

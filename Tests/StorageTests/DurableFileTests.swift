import Foundation
import Storage
import TestSupport
import Testing

struct DurableFileTests {
    @Test func writesAndReplaces() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent("model.json")
        for text in ["first", "", String(repeating: "long ", count: 100_000)] {
            try DurableFile.write(Data(text.utf8), to: file)
            #expect(try String(contentsOf: file, encoding: .utf8) == text)
        }
        #expect(try folder.contents() == ["model.json"])
    }

    // Who has the old file open goes on reading it whole: it is replaced and not written over.
    @Test func leavesOpenReadersTheOldFile() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("the old content", to: "model.json")
        let reader = try FileHandle(forReadingFrom: file)
        try DurableFile.write(Data("new".utf8), to: file)
        #expect(try reader.readToEnd() == Data("the old content".utf8))
    }

    // A folder of that name cannot be replaced by a file, whoever runs the tests: the failure comes after the temporary
    // file has been written.
    @Test func leavesNothingWhereItFails() throws {
        let folder = try TemporaryFolder()
        try folder.write("inside", to: "model.json/inside")
        #expect(throws: POSIXError.self) {
            try DurableFile.write(Data("new".utf8), to: folder.url.appendingPathComponent("model.json"))
        }
        #expect(try folder.contents() == ["model.json"])
        #expect(FileManager.default.fileExists(atPath: folder.url.path + "/model.json/inside"))
    }

    @Test func failsInAFolderThatIsMissing() throws {
        let folder = try TemporaryFolder()
        #expect(throws: (any Error).self) {
            try DurableFile.write(Data("new".utf8), to: folder.url.appendingPathComponent("none/model.json"))
        }
        #expect(try folder.contents().isEmpty)
    }
}

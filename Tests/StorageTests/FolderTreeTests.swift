import Foundation
import Storage
import TestSupport
import Testing

struct FolderTreeTests {
    private let folder: TemporaryFolder
    private let parent: URL

    init() throws {
        folder = try TemporaryFolder()
        parent = folder.url.appendingPathComponent("logs")
        try folder.write("a", to: "logs/one/train/a")
        try folder.write("b", to: "logs/one/train/deep/b")
        try folder.write("precious", to: "outside/kept")
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            at: folder.url.appendingPathComponent(name), withDestinationURL: folder.url.appendingPathComponent(target))
    }

    private var outside: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.url.path + "/outside") }
    }

    @Test func goesWithAllThatIsInIt() throws {
        try folder.write("c", to: "logs/two/c")
        try FolderTree("one", in: parent).remove()
        #expect(try FolderTree.names(in: parent) == ["two"])
        // Nothing to remove is nothing wrong.
        try FolderTree("one", in: parent).remove()
        try FolderTree("one", in: folder.url.appendingPathComponent("missing")).remove()
        #expect(try FolderTree.names(in: folder.url.appendingPathComponent("missing")).isEmpty)
    }

    // Names are bytes to the system, and need not be text.
    @Test func goesWithNamesThatAreNoText() throws {
        func path(_ folder: String) -> [CChar] { "\(folder)/bad".utf8CString.dropLast() + [-1, 0] }
        try #require(mkdir(path(parent.path), 0o777) == 0 && mkdir(path(parent.path + "/one"), 0o777) == 0)
        let file = open(path(parent.path + "/one/train"), O_CREAT | O_WRONLY, 0o644)
        try #require(file >= 0)
        close(file)
        #expect(try FolderTree.names(in: parent) == ["one"])
        #expect(try FolderTree("one", in: parent).byteCount() > 0)
        try FolderTree("one", in: parent).remove()
        #expect(try FolderTree.names(in: parent).isEmpty)
        try FolderTree("logs", in: folder.url).remove()
        #expect(try folder.contents() == ["outside"])
    }

    // Links inside go, what they lead to stays.
    @Test func doesNotFollowLinks() throws {
        try link("logs/one/folder", to: "outside")
        try link("logs/one/train/file", to: "outside/kept")
        try FolderTree("one", in: parent).remove()
        #expect(try FolderTree.names(in: parent).isEmpty && outside == ["kept"])
    }

    @Test func isNoLink() throws {
        try link("logs/two", to: "outside")
        #expect(try FolderTree.names(in: parent) == ["one"])
        try FolderTree("two", in: parent).remove()
        #expect(try outside == ["kept"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path).sorted() == ["one", "two"])
    }

    @Test func countsWhatIsOnTheDisk() throws {
        let before = try FolderTree("one", in: parent).byteCount()
        try folder.write(Data(count: 1 << 20), to: "logs/one/big")
        try link("logs/one/folder", to: "outside")
        let grown = try FolderTree("one", in: parent).byteCount() - before
        #expect((1 << 20...(1 << 20) + 8192).contains(grown), "\(grown)")
    }
}

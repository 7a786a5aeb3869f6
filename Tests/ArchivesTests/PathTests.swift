import Archives
import Foundation
import TestSupport
import Testing

/// Which paths are taken, and as what.
struct PathTests {
    // A table of paths in zips, and the path each is taken by.
    @Test(arguments: [
        ("a.jpg", "a.jpg"), ("./a/b.jpg", "a/b.jpg"), ("a/./b.jpg", "a/b.jpg"), ("a/b c/ü.jpg", "a/b c/ü.jpg"),
        ("a..b/c...jpg", "a..b/c...jpg"), ("x1:y/1.jpg", "x1:y/1.jpg"),
        ("__macosx.jpg", "__macosx.jpg"), ("Thumbs.db.jpg", "Thumbs.db.jpg"),
        // Backslashes throughout, as old .NET wrote them.
        ("cats\\old\\1.jpg", "cats/old/1.jpg"),
    ])
    func takes(path: String, as taken: String) throws {
        let listing = try Listing(MadeZip([.init(path)]).bytes)
        #expect(listing.paths == [taken], "\(listing.refused)")
    }

    // A table of hostile paths, and a word of the reason.
    @Test(arguments: [
        ("/etc/passwd", "absolute"), ("//host/a", "absolute"), ("C:/a.jpg", "absolute"), ("c:a.jpg", "absolute"),
        ("\\a.jpg", "absolute"), ("\\\\host\\a.jpg", "absolute"), ("C:\\a.jpg", "absolute"),
        ("../a.jpg", ".."), ("a/../b.jpg", ".."), ("a/..", ".."), ("..", ".."), ("..\\a.jpg", ".."),
        ("a//b.jpg", "empty"), ("a/b\\c.jpg", "backslash"), ("", "no path"),
        ("a\0.jpg", "control"), ("a\n.jpg", "control"), ("a\u{7F}.jpg", "control"), ("a\u{9B}.jpg", "control"),
        (".git/objects/1", "hidden folder (.git)"), ("..hidden/a.jpg", "hidden folder (..hidden)"),
        ("cats/.old/a.jpg", "hidden folder (.old)"), ("__MACOSX/../a", ".."), ("a/\u{338}b//c", "empty"),
    ])
    func refuses(path: String, reason: String) throws {
        let listing = try Listing(MadeZip([.init(path), .init("z.jpg")]).bytes)
        #expect(listing.paths == ["z.jpg"])
        #expect(listing.reasons.count == 1 && listing.reasons[0].contains(reason), "\(listing.refused)")
    }

    @Test(arguments: [
        "__MACOSX/cats/._1.jpg", "top/__MACOSX/1.jpg", ".DS_Store", "cats/.DS_Store", "cats/Thumbs.db", "THUMBS.DB",
        "desktop.ini", "cats/Desktop.ini", ".hidden", "cats/._1.jpg", "cats/", "cats\\", "./",
    ])
    func passesOver(path: String) throws {
        let listing = try Listing(MadeZip([.init(path), .init("z.jpg")]).bytes)
        #expect(listing.paths == ["z.jpg"] && listing.refused.isEmpty, "\(listing)")
        #expect(listing.passedOver == 1 && listing.entries == 2)
        // Nobody misses a folder.
        #expect(listing.ignored == (path.hasSuffix("/") || path.hasSuffix("\\") ? 0 : 1))
    }

    @Test func refusesPathsThatAreTooLong() throws {
        let (longest, longer) = (String(repeating: "a", count: 1020) + ".jpg", String(repeating: "é", count: 512) + "1")
        let zip = MadeZip([.init(longest), .init(longer), .init(String(repeating: "b", count: 65_535))])
        let listing = try Listing(zip.bytes)
        #expect(listing.paths == [longest])
        #expect(listing.refused.map(\.path.count) == [200, 200])
        #expect(listing.reasons.allSatisfy { $0.contains("1024") })
        let folder = try TemporaryFolder()
        let script = """
            with tarfile.open('pax', 'w', format=tarfile.PAX_FORMAT) as t:
                for name in ('a' * 1024, 'a' * 1025): t.addfile(tarfile.TarInfo(name))
            """
        try Python.run(script, in: folder)
        let tar = try Listing(folder.url.appendingPathComponent("pax"))
        #expect(tar.paths == [String(repeating: "a", count: 1024)] && tar.refused.count == 1)
    }

    // In tar, a backslash is a character like any other, for some; on Windows it is not.
    @Test func refusesBackslashesInTars() throws {
        let folder = try TemporaryFolder()
        try Python.run("with tarfile.open('t', 'w') as t: t.addfile(tarfile.TarInfo('a\\\\b.jpg'))", in: folder)
        let listing = try Listing(folder.url.appendingPathComponent("t"))
        #expect(listing.paths.isEmpty && listing.reasons.first?.contains("backslash") == true)
    }

    @Test func showsHostilePathsAsText() throws {
        let path = "../\u{1B}[2J\u{202E}gpj.exe\r\n\u{2028}" + String(repeating: "x", count: 500)
        let shown = try #require(try Listing(MadeZip([.init(path)]).bytes).refused.first?.path)
        #expect(shown.hasPrefix("../\u{FFFD}[2J\u{FFFD}gpj.exe\u{FFFD}\u{FFFD}\u{FFFD}xxx") && shown.hasSuffix("x…"))
        #expect(shown.unicodeScalars.count == 200)
    }

    /// Snyk's published archives.
    @Test(arguments: ["zip-slip.zip", "zip-slip.tar", "zip-slip-win.zip", "zip-slip-win.tar"])
    func refusesZipSlip(name: String) throws {
        guard let file = TestData.folder?.appendingPathComponent("zip-slip").appendingPathComponent(name),
            FileManager.default.fileExists(atPath: file.path)
        else { return printSkipped("refusesZipSlip", because: "REGRAFT_TEST_DATA has no zip-slip") }
        let listing = try Listing(file)
        #expect(listing.paths == ["good.txt"] && listing.error == nil)
        #expect(listing.refused.count == 1 && listing.refused[0].path.contains("evil"), "\(listing.refused)")
    }
}
